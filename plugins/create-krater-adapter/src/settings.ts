/** A parameter of the first version of an adapter, as its source declares it and as its README lists it. */
export interface Setting {
  /** The zod schema. */
  readonly source: string;
  readonly type: string;
  /** As JSON. */
  readonly standard: string;
  readonly meaning: string;
  /** What the rules of `npm run dev` set it to. */
  readonly tried: string;
  /** The same as JavaScript, for the tests. */
  readonly tested: string;
}

export const settings = {
  refuse: {
    source: "z.array(z.string()).default([]).describe('values that are refused')",
    type: 'list of string',
    standard: '[]',
    meaning: 'values that are refused',
    tried: '[ann]',
    tested: "['ann']",
  },
  closed: {
    source: "z.boolean().default(false).describe('refuses everybody')",
    type: 'boolean',
    standard: 'false',
    meaning: 'refuses everybody',
    tried: 'false',
    tested: 'true',
  },
  limit: {
    source: "z.int().min(1).default(10).describe('how much one request may take')",
    type: 'integer',
    standard: '10',
    meaning: 'how much one request may take',
    tried: '2',
    tested: '2',
  },
  teams: {
    source: "z.record(z.string(), z.string()).default({}).describe('the team of each key')",
    type: 'map',
    standard: '{}',
    meaning: 'the team of each key',
    tried: '{ zoe: sre, ann: mesh }',
    tested: "{ ann: 'mesh' }",
  },
  level: {
    source: "z.enum(['debug', 'info']).default('info').describe('how loudly it tells what it received')",
    type: '"debug" | "info"',
    standard: '"info"',
    meaning: 'how loudly it tells what it received',
    tried: 'info',
    tested: "'info'",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
