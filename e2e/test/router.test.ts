import { startNatsServer } from '@strata/conformance';
import { describeRouterSuite } from '../support/router-suite.ts';

describeRouterSuite('in one process', { fileOctets: 500_000_000 });
describeRouterSuite('link and network over NATS', {
  startNats: startNatsServer,
  fileOctets: 50_000_000,
});
