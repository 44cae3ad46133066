import type { Bag } from '@krater/mixer';
import type { ReportRequest } from '../messages.ts';
import { globalWords } from '../words/global-words.ts';
import { writeAttributes } from './attribute-encoder.ts';
import { writeClient } from './client-info.ts';
import { FieldWriter } from './field-writer.ts';
import { mostRecords } from './report-request.ts';
import { mostDefaultWords } from './word-decoder.ts';
import { WordEncoder } from './word-encoder.ts';

/** ReportRequest.RepeatedAttributesSemantics. */
const independent = 1;

/**
 * istio.mixer.v1.ReportRequest, record by record: each is encoded when it is added, so nothing of it is kept. Records
 * stand each for itself and share one dictionary.
 */
export class ReportBatch {
  readonly #writer = new FieldWriter();
  readonly #words = new WordEncoder(globalWords.length);
  #wordBytes = 0;
  #countedWords = 0;
  count = 0;

  /** What it comes to on the wire, about. */
  get bytes(): number {
    return this.#writer.length + this.#wordBytes;
  }

  /** Whether one record more may be too much for a Mixer. */
  get isFull(): boolean {
    return this.count >= mostRecords || this.#words.words.length > mostDefaultWords / 2;
  }

  add(bag: Bag): void {
    const record = this.#writer.begin(1);
    writeAttributes(this.#writer, this.#words, bag);
    this.#writer.end(record);
    this.count++;
    const { words } = this.#words;
    for (; this.#countedWords < words.length; this.#countedWords++)
      this.#wordBytes += (words[this.#countedWords] as string).length + 2;
  }

  /** The request; nothing may be added afterwards. */
  finish({ client, batchId, losses }: Omit<ReportRequest, 'bags'>): Buffer {
    const writer = this.#writer;
    for (const word of this.#words.words) writer.text(2, word);
    writer.uint32(3, globalWords.length);
    writer.uint32(4, independent);
    if (client !== undefined) writeClient(writer, 100, client);
    if (batchId !== '') writer.text(101, batchId);
    if (losses.records > 0) {
      const message = writer.begin(102);
      writer.int64(1, losses.records);
      writer.end(message);
    }
    return writer.finish();
  }
}
