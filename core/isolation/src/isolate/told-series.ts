import type { AdapterSeries } from '@krater/mixer/hosting';
import type { SeriesNotice } from '../protocol/message.ts';

/** Series told at most; of more nobody hears. */
const most = 200;

/** Remembers what the host was told of each metric, so that only news are. */
export class ToldSeries {
  readonly #told = new Map<string, number>();

  news(series: Iterable<AdapterSeries>): readonly SeriesNotice[] {
    const news: SeriesNotice[] = [];
    for (const { kind, name, help, handler, value } of series) {
      const key = `${handler}\n${kind}\n${name}`;
      const before = this.#told.get(key);
      if (before === value || (before === undefined && this.#told.size >= most)) continue;
      this.#told.set(key, value);
      // A counter that starts anew goes on where the host's stands.
      const since = before === undefined || value < before ? value : value - before;
      news.push({ kind, name, help, value: kind === 'counter' ? since : value });
    }
    return news;
  }
}
