import { unfold } from './core/core';
import type { StoredService } from './core/core';
import operations from './operations.json';
import type { Plan } from './runtime/plan';

/** The operations, as data: what each sends, and where its reply holds the result. */
export const plan: Plan = {
	...(operations as unknown as Omit<Plan, 'service'>),
	service: unfold(operations.service as unknown as StoredService),
};
