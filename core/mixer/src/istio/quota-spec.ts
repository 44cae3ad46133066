import { asItIs, fields, int64, list, record, type Shape } from './shape.ts';

const stringMatch = fields({ exact: ['exact'], prefix: ['prefix'], regex: ['regex'] });

/** `QuotaSpec`: what is charged. A quota is named by the name of its instance alone, without kind and namespace. */
export const quotaSpec: Shape = fields({
  rules: [
    'rules',
    list(
      fields({
        match: ['match', list(fields({ clause: ['clause', record(stringMatch)] }))],
        quotas: ['quotas', list(fields({ quota: ['quota'], charge: ['charge', int64] }))],
      }),
    ),
  ],
});

/** `QuotaSpecBinding`: for which services it is charged. */
export const quotaSpecBinding: Shape = fields({
  quotaSpecs: ['quotaSpecs', list(fields({ name: ['name'], namespace: ['namespace'] }))],
  services: [
    'services',
    list(
      fields({
        name: ['name'],
        namespace: ['namespace'],
        domain: ['domain'],
        service: ['service'],
        labels: ['labels', record(asItIs)],
      }),
    ),
  ],
});
