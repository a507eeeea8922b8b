import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { XMLBuilder } from 'fast-xml-parser';
import type { Clock } from '../clock.ts';
import { openDocuments } from '../documents.ts';
import { ServiceError } from '../errors.ts';
import type { Service, ServiceResponse } from '../http.ts';
import { type Action, newActions } from './actions.ts';
import { faults } from './faults.ts';
import { readForm } from './form.ts';
import type { Notification } from './publish.ts';
import { newTopics } from './topics.ts';

export interface SnsOptions {
  /** `sns.sqlite` lives here; the folder must exist. */
  directory: string;
  clock: Clock;
  region: string;
  /** Twelve digits. */
  accountId: string;
  /** Begins an asynchronous invocation. Throws ServiceError. */
  invokeLater(functionArn: string, payload: string): void;
}

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });

/**
 * Opens the embedded SNS: AWS's Query protocol over standard topics with functions as subscribers, kept in
 * `<directory>/sns.sqlite`. Messages are kept nowhere: what a function has not taken when the process ends is lost.
 * Throws what SQLite says when the folder cannot be used.
 */
export function openSns({ directory, clock, region, accountId, invokeLater }: SnsOptions): {
  service: Service;
  close(): void;
} {
  const documents = openDocuments(join(directory, 'sns.sqlite'));
  let open = true;

  function deliver({ arn, endpoint }: { arn: string; endpoint: string }, notification: Notification): void {
    const host = `https://sns.${region}.amazonaws.com`;
    const event = {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: arn,
      Sns: {
        ...notification,
        SignatureVersion: '1',
        Signature: 'The embedded SNS does not sign.',
        SigningCertUrl: `${host}/SimpleNotificationService.pem`,
        UnsubscribeUrl: `${host}/?Action=Unsubscribe&SubscriptionArn=${arn}`,
      },
    };
    try {
      invokeLater(endpoint, JSON.stringify({ Records: [event] }));
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      process.stderr.write(
        `SNS: Topic ${notification.TopicArn} did not deliver message ${notification.MessageId} to ${endpoint}. ${reason}\n`,
      );
    }
  }

  const topics = newTopics(documents, { region, accountId });
  const actions = newActions({ topics, now: () => clock.now(), deliver });

  return {
    service: async ({ body }) => {
      const requestId = randomUUID();
      try {
        if (!open) throw new ServiceError('ServiceUnavailable', 'The engine has been closed', 503);
        const parameters = new URLSearchParams(body.toString());
        const name = parameters.get('Action') ?? '';
        const action = actionOf(actions, name);
        const result = action.run(readForm(parameters, action.parameters));
        return xml(200, `${name}Response`, requestId, {
          ...(result && { [`${name}Result`]: result }),
          ResponseMetadata: { RequestId: requestId },
        });
      } catch (cause) {
        const known = cause instanceof ServiceError;
        const status = known ? cause.status : 500;
        const Message = cause instanceof Error ? cause.message : String(cause);
        const Code = known ? cause.code : 'InternalError';
        const fault = { Type: status < 500 ? 'Sender' : 'Receiver', Code, Message };
        return xml(status, 'ErrorResponse', requestId, { Error: fault, RequestId: requestId });
      }
    },
    close() {
      if (!open) return;
      open = false;
      documents.close();
    },
  };
}

function actionOf(actions: Record<string, Action>, name: string): Action {
  if (!Object.hasOwn(actions, name)) throw faults.noAction(name, Object.keys(actions));
  return actions[name]!;
}

function xml(status: number, root: string, requestId: string, content: object): ServiceResponse {
  const body = builder.build({ [root]: { '@xmlns': NAMESPACE, ...content } });
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}
