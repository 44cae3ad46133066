import { allow, defineAdapter, deny, doNotCache, type Handle } from '@krater/mixer';
import { listentry } from '@krater/templates';
import { checkConfig, config } from './config.ts';
import { LiveList } from './live-list.ts';
import { buildMatcher, shown } from './matcher.ts';

/** Looks one value up in a list: inline, from a file or from a url; listed means denied, or allowed. */
export default defineAdapter({
  name: 'denylist',
  aliases: ['listchecker'],
  summary: 'allows or refuses values by a list',
  templates: [listentry],
  config,
  check: checkConfig,
  async create(config, env) {
    const { type, entries, mode, validity } = config;
    const inline = { matcher: buildMatcher(type, entries), reusable: Infinity };
    const live =
      config.file === undefined && config.url === undefined ? undefined : await LiveList.start(config, env);

    const answer: Handle<typeof listentry> = ({ value }) => {
      const { matcher, reusable } = live?.current() ?? inline;
      const text = typeof value === 'object' ? undefined : String(value);
      const listed = text === undefined ? undefined : matcher.listed(text);
      if (text === undefined || listed === undefined) {
        const what = text === undefined ? 'a map' : shown(text);
        return deny(`${what} is no ${type === 'cidr' ? 'address' : 'text'}`, 'INVALID_ARGUMENT', {
          validity: doNotCache,
        });
      }
      const details = {
        validity: { duration: Math.min(validity.duration, reusable), uses: validity.uses },
      };
      if (listed === (mode === 'allow')) return allow(details);
      return deny(
        `${shown(text)} is ${listed ? 'on the list' : 'not on the list'}`,
        'PERMISSION_DENIED',
        details,
      );
    };
    return { listentry: answer, explain: { listentry: answer } };
  },
});
