export { type AdapterSuiteOptions, adapterSuite } from './adapter-suite.ts';
export { callHandler, fakeContext } from './call.ts';
export { adapterContract, type ContractCase } from './contract.ts';
export { configMistakes, createHandler } from './create-handler.ts';
export { FakeClock } from './fake-clock.ts';
export { type FakeEnv, type FakeEnvOptions, fakeEnv, type LogEntry } from './fake-env.ts';
export { Kept } from './kept.ts';
export { extremeInstance, type SampleInstance, sampleInstances, shapeOf } from './sample.ts';
