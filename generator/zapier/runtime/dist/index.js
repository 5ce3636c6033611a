"use strict";
const runtime_1 = require("./runtime");
module.exports = (0, runtime_1.createApp)(require('./app.json'));
