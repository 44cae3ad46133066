// What a user's program does with the published packages: installed, in JavaScript, without the workspace.
import denier from '@krater/adapter-denier';
import { createMixer } from '@krater/mixer';

const config = `
apiVersion: krater.dev/v1
kind: Rule
metadata: { name: no-ratings }
spec:
  match: destination.service.name == "ratings"
  actions:
  - handler: { adapter: denier }
    instances: [{ name: everything, template: checknothing }]
`;
const mixer = await createMixer({ config, adapters: [denier] });
const bag = mixer.bag();
bag.put('destination.service.name', 'ratings');
const { status } = await mixer.check(bag);
console.log(status.code);
await mixer.close();
