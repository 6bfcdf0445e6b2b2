import { describeHostSuite } from '../support/host-suite.ts';
import { describeLossySuite } from '../support/lossy-suite.ts';
import { killAllStarted } from '../support/process.ts';
import { startOneProcess } from '../support/stacks.ts';
import { describeTraceSuite } from '../support/trace-suite.ts';

afterAll(killAllStarted);

describeHostSuite('in one process', (files) => startOneProcess({ files }));
describeLossySuite('in one process', (files, impairment) => startOneProcess({ files, impairment }));
describeTraceSuite('in one process', () => startOneProcess());
