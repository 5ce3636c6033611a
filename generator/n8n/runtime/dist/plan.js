"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.planOf = planOf;
exports.namesOf = namesOf;
function planOf(plan, node) {
    const earlier = plan.earlier && plan.earlier[String(node.typeVersion)];
    if (!earlier)
        return plan;
    const steps = Object.entries(earlier.steps || {}).map(([resource, own]) => [resource, { ...plan.steps[resource], ...own }]);
    return {
        ...plan,
        service: { ...plan.service, operations: { ...plan.service.operations, ...earlier.operations } },
        steps: { ...plan.steps, ...Object.fromEntries(steps) },
        lists: { ...plan.lists, ...earlier.lists },
        loaders: { ...plan.loaders, ...earlier.loaders },
        triggers: { ...plan.triggers, ...earlier.triggers },
    };
}
function namesOf(plan, part) {
    const all = [plan, ...Object.values(plan.earlier || {})];
    return [...new Set(all.flatMap((one) => Object.keys(one[part] || {})))];
}
