/** The codes of configuration mistakes and of the engine; spec/errors.md is generated from here. */
export const codes = {
  ACTION_DUPLICATE: {
    cause:
      'two actions of one rule have the same name, so header operations could not tell their outputs apart',
    remedy: 'rename one of them',
  },
  ADAPTER_AMBIGUOUS: {
    cause: 'two installed packages, or two adapters given by value, answer to one name',
    remedy: 'remove one of them, or write the package name instead of the short name',
  },
  ADAPTER_BAD_DECLARATION: {
    cause:
      'an adapter declares something that is no template, schema, service or function, or declares it twice',
    remedy: 'correct the declaration that the message names',
  },
  ADAPTER_BAD_EXPORT: {
    cause: 'the package was found, but its default export is no adapter',
    remedy: 'export the result of defineAdapter() as default',
  },
  ADAPTER_BAD_NAME: {
    cause: 'an adapter declares a name that is no lower-case word',
    remedy: 'use lower-case letters, digits and dashes',
  },
  ADAPTER_BAD_PARAMS: {
    cause: 'the adapter understands the shape of its params but not their meaning',
    remedy: "follow the message; the adapter's reference is printed by: krater adapters NAME",
  },
  ADAPTER_CHECK_FAILED: {
    cause: "the adapter's check(), or its config schema, threw an error",
    remedy: 'follow the message; the adapter itself must be mended',
  },
  ADAPTER_CONTRACT: {
    cause: 'the adapter was written for a contract version that this Krater does not serve',
    remedy: 'update the adapter, or use a Krater that serves its version',
  },
  ADAPTER_LOAD_FAILED: {
    cause: 'importing the adapter package threw an error',
    remedy: 'follow the message; the package itself must be mended',
  },
  ADAPTER_NOT_INSTALLED: {
    cause: 'no installed package has this adapter',
    remedy: 'install it with the npm line of the hint, or correct the name',
  },
  ATTRIBUTE_BAD_VALUE: {
    cause: 'a value given for an attribute does not read as its type',
    remedy: 'write it in the form of the type: see krater attributes',
  },
  ATTRIBUTE_CONFLICT: {
    cause: 'an attribute is declared again with another type',
    remedy: 'use the type that is declared already, or another name',
  },
  ATTRIBUTE_DUPLICATE: {
    cause: 'one vocabulary declares an attribute twice',
    remedy: 'remove one of the declarations',
  },
  ATTRIBUTE_IDENTITY: {
    cause:
      'a producer is bound to an attribute that only authentication may set: request.auth.* by a template that authenticates, the others by the connection',
    remedy:
      'bind the output to an attribute of your own, declared by an AttributeManifest; for request.auth.* use the template identity',
  },
  ATTRIBUTE_BAD_NAME: {
    cause: "an attribute name is not made of dotted words, or is that of an adapter's output",
    remedy: 'write it like team.name or request.plan_id',
  },
  ATTRIBUTE_NOT_SUPPLIED: {
    cause: 'no listener and no producer supplies this attribute, and the expression has no default for it',
    remedy: 'add a default with |, a producer for it, or remove the clause',
  },
  ATTRIBUTE_UNKNOWN: {
    cause: 'a bag was asked to hold an attribute that is not in the vocabulary',
    remedy: 'declare it with an AttributeManifest; the vocabulary is listed by: krater attributes',
  },
  CHECK_DECIDED: {
    cause: 'a handler was cancelled because an earlier refusal had already decided',
    remedy: 'nothing to do: stop working when the signal is aborted',
  },
  CONFIG_DUPLICATE: {
    cause: 'two documents of one kind and namespace have the same name',
    remedy: 'rename or remove one of them',
  },
  CONFIG_REJECTED: {
    cause: 'documents of a kind do not fit together, such as two Services with one host',
    remedy: 'follow the message',
  },
  CONFIG_UNKNOWN_KIND: {
    cause: 'a document of our apiVersion has a kind that nothing here serves',
    remedy: 'correct the kind; the message lists those that exist',
  },
  HANDLER_CLOSED: {
    cause: 'something of a handler was used after it had been closed',
    remedy: 'stop when env.signal is aborted',
  },
  HANDLER_CREATE_FAILED: {
    cause: "the adapter's create() threw an error",
    remedy: 'follow the message; create() may be slow but may not need its backend',
  },
  HANDLER_FAILED: {
    cause: 'a handler threw an error while it was asked or told something',
    remedy: "the rule's onError decided; the handler's log line has the error",
  },
  HANDLER_NO_HOST: {
    cause: 'a handler asks for isolation, and the Mixer was created without a host for such handlers',
    remedy: 'give createMixer() the host of @krater/isolation, or leave out "isolation"',
  },
  HANDLER_NONSENSE: {
    cause: 'a handler answered with something that is no answer of its template',
    remedy: 'answer with allow(), deny(), grant() or refuse()',
  },
  HANDLER_NOT_CREATED: {
    cause: 'create() did not return a function for each of its templates, or returned others',
    remedy: 'return one function per template, and optionally close and explain',
  },
  HANDLER_TIMEOUT: {
    cause: 'a handler did not answer within its deadline',
    remedy: "the rule's onError decided; raise the handler's deadline or look at its backend",
  },
  HANDLER_UNKNOWN: {
    cause: 'an action names a handler that does not exist',
    remedy: 'correct the name, or declare a Handler of that name in this or the root namespace',
  },
  HANDLER_UNUSED: {
    cause: 'no rule uses the handler, so it is not created',
    remedy: 'use it in a rule or remove it',
  },
  HEADER_BAD_NAME: {
    cause:
      'a header operation names what is no header, or a header that belongs to the connection, the framing or the proxies',
    remedy:
      'name a header of your own; pseudo, hop-by-hop, host, content-length and x-krater headers are not for rules',
  },
  HEADER_BAD_VALUE: {
    cause:
      'a header operation has no value where one is needed, one where none is taken, or one with line ends in it',
    remedy: 'write values of visible characters for replace and append, and none for remove',
  },
  INSTANCE_BAD_FIELD: {
    cause: 'a field of an instance has the wrong form: a map where an expression is wanted, or the reverse',
    remedy: "write the field as the template wants it: a map's leaves are expressions",
  },
  INSTANCE_FIELD_UNKNOWN: {
    cause: 'a field of an instance could not be evaluated for this request',
    remedy: 'give the absent attribute a default with |',
  },
  INSTANCE_MISSING_FIELD: {
    cause: 'an instance leaves out a field that its template needs',
    remedy: 'add the field named in the message',
  },
  INSTANCE_NO_OUTPUT: {
    cause: 'an instance binds attributes, but its template has no output',
    remedy: 'remove `attributes`; only templates of variety attributes produce any',
  },
  INSTANCE_TWICE: {
    cause: 'an action names the same instance twice',
    remedy: 'remove one of them',
  },
  INSTANCE_UNKNOWN: {
    cause: 'an action names an instance that does not exist',
    remedy: 'correct the name, or declare an Instance of that name in this or the root namespace',
  },
  INSTANCE_UNKNOWN_FIELD: {
    cause: 'an instance has a field that its template does not know',
    remedy: 'correct the name; the message lists the fields',
  },
  INSTANCE_UNUSED: {
    cause: 'no rule uses the instance',
    remedy: 'use it in a rule or remove it',
  },
  MATCH_MAY_BE_UNKNOWN: {
    cause:
      'a rule with check actions negates a clause over an attribute that may be absent: it would not apply where the attribute is absent',
    remedy: 'give the attribute a default with |, or say onMissing: skip or onMissing: apply',
  },
  MATCH_NEVER: {
    cause: 'the match is false for every request',
    remedy: 'correct the contradictory clauses, or remove the rule',
  },
  MATCH_EMPTY: {
    cause: 'the match is an empty string',
    remedy: 'write match: true for a rule that always applies',
  },
  MIXER_BAD_ARGUMENT: {
    cause: 'createMixer(), or a Mixer, was called with something that it does not take',
    remedy: 'pass what the message says; the hint shows how',
  },
  MIXER_CLOSED: {
    cause: 'a closed Mixer was asked something',
    remedy: 'stop using it, or create another',
  },
  QUOTA_BAD_AMOUNT: {
    cause: 'the amount of a quota came out negative for this request',
    remedy: "the rule's onError decided; write an amount that is 0 or more",
  },
  QUOTA_UNKNOWN: {
    cause: 'a QuotaSpec charges a quota that no instance defines',
    remedy: 'correct the name, or declare a quota instance of that name',
  },
  QUOTASPEC_UNKNOWN: {
    cause: 'a QuotaSpecBinding names a QuotaSpec that does not exist',
    remedy: 'correct the name or the namespace',
  },
  QUOTASPEC_BAD_MATCH: {
    cause:
      'a clause of a QuotaSpec cannot be evaluated: its attribute is unknown or no text, or its pattern is bad',
    remedy: 'match on a declared STRING attribute with exact, prefix or regex',
  },
  REFERENCE_NOT_EXPORTED: {
    cause: 'a rule refers to a document of another namespace that does not export it',
    remedy: 'add the namespace to exportTo of the document, or move it to the root namespace',
  },
  RULE_NO_EFFECT: {
    cause: 'a rule without check or quota actions says what their failure does',
    remedy: 'remove onError from the rule',
  },
  RULE_EMPTY: {
    cause: 'a rule has neither actions nor header operations',
    remedy: 'add an action, or remove the rule',
  },
  SERVICE_CREATE_FAILED: {
    cause: 'a service that an adapter needs could not be made',
    remedy: 'follow the message',
  },
  SERVICE_ISOLATED: {
    cause:
      "a handler was to have a service of the operator's own where it runs, and that cannot be imported there",
    remedy: 'remove the services, or let the handler run inline',
  },
  SERVICE_NOT_NEEDED: {
    cause: 'a handler names a service that its adapter does not need',
    remedy: "use one of the names that the message lists: they are the adapter's own",
  },
  SERVICE_NOT_OFFERED: {
    cause: 'a package or file was to bring a service, and offers none of that token',
    remedy: 'export the result of defineService(), with the token that the adapter needs',
  },
  SERVICE_UNKNOWN: {
    cause: 'an adapter needs a service that no package offers',
    remedy: 'install the package that offers it, or pass one in `services`',
  },
  TEMPLATE_BAD_NAME: {
    cause: 'a template declares a name that is no word, or that of what create() returns beside handlers',
    remedy: 'use letters and digits, starting in lower case',
  },
  TEMPLATE_NOT_SERVED: {
    cause: "an action sends an instance to a handler whose adapter does not serve the instance's template",
    remedy: 'send it to another handler, or use one of the templates that the message lists',
  },
  TEMPLATE_RESERVED_FIELD: {
    cause: 'a template declares a field that every instance already has',
    remedy: 'give the field another name',
  },
  TEMPLATE_UNKNOWN: {
    cause: 'an instance names a template that no adapter in use serves',
    remedy: 'correct the name; the message lists the nearest',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;
