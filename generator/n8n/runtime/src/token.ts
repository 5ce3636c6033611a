/** The token of a credential that holds a person's name and password. */

import type { ICredentialDataDecryptedObject, IDataObject, IHttpRequestHelper } from 'n8n-workflow';

/** Where the token is given (OAuth2's password grant, RFC 6749, 4.3), and what is asked for. */
export interface TokenRules {
	url: string;
	scope: string;
}

/** What n8n keeps of the credential until the service refuses it. Raises where no token is given. */
export async function passwordToken(
	{ helpers }: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject, { url, scope }: TokenRules,
): Promise<IDataObject> { // prettier-ignore
	const { username, password, clientId, clientSecret } = credentials;
	const form = { grant_type: 'password', username, password, client_id: clientId, client_secret: clientSecret, scope };
	const pairs = Object.entries(form).filter(([, value]) => typeof value === 'string' && value !== '');
	const reply = (await helpers.httpRequest({
		method: 'POST',
		url,
		headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
		body: pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&'),
		disableFollowRedirect: true,
		json: true,
	})) as IDataObject;
	const given = typeof reply === 'string' ? (JSON.parse(reply) as IDataObject) : reply;
	if (typeof given.access_token !== 'string' || !given.access_token) throw new Error('The service gave no token');
	return { sessionToken: given.access_token };
}
