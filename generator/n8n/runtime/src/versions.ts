/** Versions of the node: what an earlier one does otherwise lies over the newest one's plan. */

import type { INode } from 'n8n-workflow';
import type { Plan } from './plan';

/** The plan as this node's version has it. */
export function planOf(plan: Plan, node: INode): Plan {
	const earlier = plan.earlier && plan.earlier[String(node.typeVersion)];
	if (!earlier) return plan;
	const steps = Object.entries(earlier.steps || {}).map(([resource, own]) => [resource, { ...plan.steps[resource], ...own }]);
	return {
		...plan,
		service: { ...plan.service, operations: { ...plan.service.operations, ...earlier.operations } },
		steps: { ...plan.steps, ...(Object.fromEntries(steps) as Plan['steps']) },
		lists: { ...plan.lists, ...earlier.lists },
		loaders: { ...plan.loaders, ...earlier.loaders },
		triggers: { ...plan.triggers, ...earlier.triggers },
	};
}

/** The names of all versions' lists. */
export function namesOf(plan: Plan, part: 'lists' | 'loaders'): string[] {
	const all = [plan, ...Object.values(plan.earlier || {})];
	return [...new Set(all.flatMap((one) => Object.keys(one[part] || {})))];
}
