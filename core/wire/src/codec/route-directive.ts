import type { DirectResponse, HeaderOperation } from '@krater/mixer';
import type { CheckReply } from '../messages.ts';
import type { FieldReader } from './field-reader.ts';
import type { FieldWriter } from './field-writer.ts';

/** HeaderOperation.Operation. */
const operations = ['replace', 'remove', 'append'] as const;

export type RouteDirective = Pick<CheckReply, 'requestHeaders' | 'responseHeaders' | 'directResponse'>;

/** istio.mixer.v1.RouteDirective; left out where it says nothing. Headers of a direct response are ours to send. */
export function writeRouteDirective(
  writer: FieldWriter,
  field: number,
  { requestHeaders, responseHeaders, directResponse }: RouteDirective,
): void {
  if (requestHeaders.length + responseHeaders.length === 0 && directResponse === undefined) return;
  const message = writer.begin(field);
  for (const operation of requestHeaders) writeOperation(writer, 1, operation);
  for (const operation of responseHeaders) writeOperation(writer, 2, operation);
  if (directResponse !== undefined) {
    writer.uint32(3, directResponse.code);
    if (directResponse.body !== undefined) writer.text(4, directResponse.body);
  }
  writer.end(message);
}

export function readRouteDirective(reader: FieldReader): RouteDirective {
  const requestHeaders: HeaderOperation[] = [];
  const responseHeaders: HeaderOperation[] = [];
  let code = 0;
  let body: string | undefined;
  while (reader.next()) {
    if (reader.field === 1) requestHeaders.push(readOperation(reader.message('request_header_operations[]')));
    else if (reader.field === 2)
      responseHeaders.push(readOperation(reader.message('response_header_operations[]')));
    else if (reader.field === 3) code = reader.uint32('direct_response_code');
    else if (reader.field === 4) body = reader.text('direct_response_body');
    else reader.skip();
  }
  const directResponse: DirectResponse | undefined =
    code === 0 ? undefined : { code, ...(body !== undefined && { body }) };
  return { requestHeaders, responseHeaders, ...(directResponse && { directResponse }) };
}

function writeOperation(
  writer: FieldWriter,
  field: number,
  { name, value, operation }: HeaderOperation,
): void {
  const message = writer.begin(field);
  writer.text(1, name);
  if (value !== '') writer.text(2, value);
  const number = operations.indexOf(operation);
  if (number !== 0) writer.uint32(3, number);
  writer.end(message);
}

function readOperation(reader: FieldReader): HeaderOperation {
  let name = '';
  let value = '';
  let number = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.text('name');
    else if (reader.field === 2) value = reader.text('value');
    else if (reader.field === 3) number = reader.uint32('operation');
    else reader.skip();
  }
  const operation = operations[number];
  if (operation === undefined) throw reader.fault('operation', `is ${number}, which is no operation`);
  return { operation, name, value };
}
