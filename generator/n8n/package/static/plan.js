"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.plan = void 0;
const core_1 = require("./core/core");
const operations = require("./operations.json");
exports.plan = {
    ...operations,
    service: (0, core_1.unfold)(operations.service),
};
