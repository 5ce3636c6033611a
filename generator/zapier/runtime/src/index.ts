import { createApp } from './runtime';

export = createApp(require('./app.json'));
