'use strict';

module.exports = require('./runtime').createApp(require('./app.json'));
