"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.<< identifier >> = void 0;
exports.<< identifier >> = << properties >>;
