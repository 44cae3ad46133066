import { buildPackages } from './packaging/build.ts';

try {
  await buildPackages(name => console.log(`built ${name}`));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
