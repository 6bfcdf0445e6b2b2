import type {
  SocketAddress,
  SocketId,
  SocketInfo,
  TransportIndication,
  TransportRequest,
  TransportSysctl,
} from '@strata/transport';
import type { CoreDriver } from '../core-driver.ts';
import type { FlowTable } from '../packets/flow-table.ts';
import type { SocketKnobs } from '../set-up.ts';
import type { Settings } from '../settings.ts';

/** Receives the indications of a socket. */
export interface SocketOwner {
  tell(indication: TransportIndication): void;
}

/** The application's side of the transport boundary, for the sockets of a script. */
export class SocketPort {
  readonly settings: Settings;
  readonly flows: FlowTable;
  readonly knobs: SocketKnobs;
  readonly #driver: CoreDriver;
  readonly #owners = new Map<SocketId, SocketOwner>();
  #lastId = 0;

  constructor(driver: CoreDriver, settings: Settings, flows: FlowTable, knobs: SocketKnobs) {
    this.#driver = driver;
    this.settings = settings;
    this.knobs = knobs;
    this.flows = flows;
    driver.onIndication = (indication) => {
      const socket = indication.kind === 'offer' ? indication.listener : indication.socket;
      this.#owners.get(socket)?.tell(indication);
    };
  }

  get nowUs(): number {
    return this.#driver.nowUs;
  }

  get sysctl(): TransportSysctl {
    return this.#driver.sysctl;
  }

  /** Returns the id of a new socket of `owner`. */
  open(owner: SocketOwner): SocketId {
    this.#lastId += 64;
    this.#owners.set(this.#lastId, owner);
    return this.#lastId;
  }

  /** Registers `owner` for a socket that transport has made. */
  adopt(socket: SocketId, owner: SocketOwner): void {
    this.#owners.set(socket, owner);
  }

  request(request: TransportRequest): void {
    this.#driver.request(request);
  }

  info(socket: SocketId): SocketInfo | undefined {
    return this.#driver.core.sockets().find((info) => info.socket === socket);
  }

  /** The address that `...` stands for in bind. */
  get localAddress(): SocketAddress {
    return { address: this.settings.localAddress, port: this.settings.bindPort };
  }

  /** The address that `...` stands for in connect and sendto. */
  get remoteAddress(): SocketAddress {
    return { address: this.settings.remoteAddress, port: this.settings.connectPort };
  }
}

/** The application's endpoint name at the boundary. */
export const ENDPOINT = 'script';
