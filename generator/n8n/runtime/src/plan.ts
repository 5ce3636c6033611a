/** What operations.json holds: the wire form of the service, and how this node asks for its inputs. */

import type { INode } from 'n8n-workflow';
import type { Expression, Link, Output, Secret, Service } from '../core/core';

export type FormKind =
	| 'text' | 'number' | 'flag' | 'choice' | 'choices' | 'open' | 'dynamic' | 'dynamics' | 'date' | 'json'
	| 'texts' | 'numbers' | 'group' | 'bag' | 'rows' | 'entries' | 'file'; // prettier-ignore

/** One parameter (`name`) and the input (`field`) it is for. */
export interface FormEntry extends Form {
	name: string;
	field: string;
	kind: FormKind;
	/** Of a file: the form in which the service wants it. */
	form?: 'url' | 'base64' | 'binary';
	/** A file's parameters stand beside the others. */
	flat?: boolean;
	/** Several files: the parameter names each. */
	list?: boolean;
	format?: string;
}

export interface Form {
	direct?: FormEntry[];
	more?: FormEntry[];
}

export interface Step {
	operation: string;
	form: Form;
	/** The largest page the service gives. */
	pageSize?: number;
	/** What the key must be good for, in words. */
	needs?: string;
	/** It asks after work that another operation begins, and can wait for it: that operation, and this one's own name. */
	resumes?: string;
	name?: string;
}

export interface Loader {
	operation: string;
	items: Expression;
	value: Expression;
	label: Expression;
	/** The operation's inputs, and the parameters that hold them. */
	inputs?: Record<string, string>;
}

export interface Signature {
	algorithm: string;
	content: string;
	signatureHeader: string;
	timestampHeader?: string;
	idHeader?: string;
	encoding: 'hex' | 'base64';
	prefix?: string;
	tolerance: number;
}

export interface TriggerPlan {
	operation?: string;
	form?: Form;
	pageSize?: number;
	/** Of a webhook: the input that takes our URL, and the call that ends the subscription. */
	urlField?: string;
	unsubscribe?: Link;
	signature?: Signature;
	dedupe?: string;
	when?: Record<string, unknown[]>;
	order?: string;
	/** Of a webhook: how a call is read for what it shows. */
	media?: Output[];
}

export interface CredentialPlan {
	name: string;
	choice: string;
	/** What people read. */
	label?: string;
	oauth2?: boolean;
	/** It fetches its token by itself, and anew after a 401. */
	renews?: boolean;
	/** Where its secrets stand, in the order of its schemes. n8n itself sends the token of OAuth2. */
	secrets?: Secret[];
}

export interface Plan {
	service: Service;
	/** The base URL: texts, and fields of the credential. */
	address: Array<string | { field: string; default: string }>;
	credentials: CredentialPlan[];
	/** By resource, then operation. */
	steps: Record<string, Record<string, Step>>;
	lists: Record<string, Array<{ name: string; value: string | number; description?: string }>>;
	loaders: Record<string, Loader>;
	triggers: Record<string, TriggerPlan>;
	/** By version of the node: what earlier ones do otherwise. */
	earlier?: Record<string, Earlier>;
}

export interface Earlier extends Partial<Pick<Plan, 'steps' | 'lists' | 'loaders' | 'triggers'>> {
	operations?: Service['operations'];
}

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
