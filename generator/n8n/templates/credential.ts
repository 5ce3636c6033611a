import type { << types >> } from 'n8n-workflow';

export class << class_name >> implements ICredentialType {
	name = << name >>;
	<< extends >>

	displayName = << display_name >>;

	icon: Icon = << icon >>;

	documentationUrl = << documentation_url >>;

	properties: INodeProperties[] = << properties >>;
	<< authenticate >>
	<< test >>
}
