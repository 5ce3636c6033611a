"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.<< class_name >> = void 0;
class << class_name >> {
	constructor() {
		this.name = << name >>;
		<< extends >>
		this.displayName = << display_name >>;
		this.icon = << icon >>;
		this.documentationUrl = << documentation_url >>;
		this.properties = << properties >>;
		<< authenticate >>
		<< test >>
	}
}
exports.<< class_name >> = << class_name >>;
