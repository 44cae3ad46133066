import denier from '@krater/adapter-denier';
import denylist from '@krater/adapter-denylist';
import jsonlogic from '@krater/adapter-jsonlogic';
import memquota from '@krater/adapter-memquota';
import { createMixer, decodeBag, silentLog } from '@krater/mixer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { placementCases } from '../wire/placement-cases.ts';
import { placements } from '../wire/placements.ts';
import { recorder } from '../wire/recorder.ts';
import { toldOutcome } from '../wire/told-outcome.ts';

const test = suite('placement');

for (const { name: placement, reach } of placements) {
  for (const { name, config, calls, reports, recorded } of placementCases) {
    test(`${placement}: ${name}`, async () => {
      const kept: unknown[] = [];
      const mixer = await createMixer({
        config,
        adapters: [denier, denylist, jsonlogic, memquota, recorder(kept)],
        log: silentLog,
        // Quotas do not come back while the case runs.
        clock: { now: () => 1_000_000 },
      });
      const { access, close } = await reach(mixer);
      const bagOf = (attributes: Readonly<Record<string, unknown>>) => {
        const { bag, problems } = decodeBag(access.vocabulary, attributes);
        assert.equal(problems, []);
        return bag;
      };
      for (const { attributes, namespace, quotas, ...expected } of calls) {
        const outcome = await access.check(bagOf(attributes), {
          ...(namespace !== undefined && { namespace }),
          ...(quotas !== undefined && { quotas }),
        });
        assert.equal(toldOutcome(outcome), expected, JSON.stringify(Object.keys(attributes)));
      }
      if (reports !== undefined) await access.report(reports.map(bagOf));
      await close();
      assert.equal(JSON.parse(JSON.stringify(kept)), recorded ?? []);
      await mixer.close();
    });
  }
}

test.run();
