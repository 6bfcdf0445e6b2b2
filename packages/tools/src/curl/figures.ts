import type { CurlFigures } from './options.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Times and sizes of a transfer, taken as it goes. */
export class Figures {
  readonly values: Mutable<CurlFigures>;
  readonly #startMs = performance.now();

  constructor(url: string, method: string) {
    this.values = {
      http_code: 0,
      time_namelookup: 0,
      time_connect: 0,
      time_appconnect: 0,
      time_pretransfer: 0,
      time_starttransfer: 0,
      time_redirect: 0,
      time_total: 0,
      size_download: 0,
      size_upload: 0,
      size_header: 0,
      size_request: 0,
      speed_download: 0,
      speed_upload: 0,
      num_redirects: 0,
      num_connects: 0,
      content_type: '',
      http_version: '0',
      method,
      scheme: '',
      url,
      url_effective: url,
      redirect_url: '',
      remote_ip: '',
      remote_port: 0,
      local_ip: '',
      local_port: 0,
      exitcode: 0,
      errormsg: '',
    };
  }

  /** Seconds since the start, with microseconds. */
  get seconds(): number {
    return Math.round((performance.now() - this.#startMs) * 1000) / 1e6;
  }

  get milliseconds(): number {
    return Math.round(performance.now() - this.#startMs);
  }

  /** Takes the time, once for each name in an exchange. */
  mark(name: 'namelookup' | 'connect' | 'appconnect' | 'pretransfer' | 'starttransfer'): void {
    this.values[`time_${name}`] = this.seconds;
  }

  finish(exitcode: number, errormsg: string): CurlFigures {
    const seconds = this.seconds;
    const { size_download, size_upload } = this.values;
    const speed = (octets: number) => (seconds > 0 ? Math.round(octets / seconds) : 0);
    return {
      ...this.values,
      time_total: seconds,
      speed_download: speed(size_download),
      speed_upload: speed(size_upload),
      exitcode,
      errormsg,
    };
  }
}
