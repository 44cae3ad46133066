import { constantOf } from '../expression/analysis.ts';
import { compileExpression, type ExpressionSource } from '../expression/compile.ts';
import { isHeaderName, isHeaderValue, isReservedHeader } from '../runtime/header-text.ts';
import type { HeaderTemplate } from '../runtime/rule.ts';
import type { Vocabulary } from '../vocabulary/vocabulary.ts';
import type { Declared } from './declarations.ts';
import type { ConfigPath } from './document.ts';
import type { Findings } from './findings.ts';
import type { RuleSpec } from './schemas.ts';

type Field = 'requestHeaderOperations' | 'responseHeaderOperations';

/** Compiles the header operations of a rule. Several values make several lines, of which a replacement is the first. */
export function compileHeaders(
  field: Field,
  { document, spec }: Declared<RuleSpec>,
  vocabulary: Vocabulary,
  findings: Findings,
): HeaderTemplate[] {
  const templates: HeaderTemplate[] = [];
  for (const [index, { name, operation, values }] of spec[field].entries()) {
    const path = ['spec', field, index];
    const complain = (at: ConfigPath, code: 'HEADER_BAD_NAME' | 'HEADER_BAD_VALUE', message: string) =>
      findings.add(document, [...path, ...at], { code, message });
    const header = name.toLowerCase();
    if (!isHeaderName(header))
      complain(['name'], 'HEADER_BAD_NAME', `${JSON.stringify(name)} is no header name`);
    else if (isReservedHeader(header))
      complain(
        ['name'],
        'HEADER_BAD_NAME',
        `header "${header}" belongs to the proxies; no rule may change it`,
      );
    if (operation === 'remove') {
      templates.push({ operation, name: header, value: undefined });
      if (values.length > 0 && !document.imported)
        complain(['values'], 'HEADER_BAD_VALUE', `"remove" takes no values, found ${values.length}`);
      continue;
    }
    if (values.length === 0 && !document.imported)
      complain(['name'], 'HEADER_BAD_VALUE', `"${operation}" of header "${header}" has no values`);
    for (const [at, text] of values.entries()) {
      const result = compileExpression(text as ExpressionSource, vocabulary, {
        expects: 'STRING',
        available: 'check',
      });
      if (!result.ok) {
        for (const problem of result.problems)
          findings.addExpression(document, [...path, 'values', at], problem);
        continue;
      }
      const constant = constantOf(result.expression.tree);
      if (constant !== undefined && !isHeaderValue(constant))
        complain(['values', at], 'HEADER_BAD_VALUE', 'a header value of visible characters is wanted');
      templates.push({ operation: at === 0 ? operation : 'append', name: header, value: result.expression });
    }
  }
  return templates;
}
