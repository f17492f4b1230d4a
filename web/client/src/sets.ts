// SETs that wait for their answer.

/** Why a set() was not done: a code of PC-ERR-01, 0 if the connection ended before the answer. */
export class SetError extends Error {
  override name = "SetError";
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

/** By ref. */
export class Sets {
  readonly #waiting = new Map<number, { resolve(): void; reject(why: SetError): void }>();

  ask(ref: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.set(ref, { resolve, reject }));
  }

  /** Returns false if the answer is to something else. */
  answer(ref: number | undefined, code: number, text: string): boolean {
    const set = ref === undefined ? undefined : this.#waiting.get(ref);
    if (ref === undefined || !set) return false;
    this.#waiting.delete(ref);
    if (code) set.reject(new SetError(code, text));
    else set.resolve();
    return true;
  }

  /** Nobody knows whether they were done. */
  lose(): void {
    for (const { reject } of this.#waiting.values()) reject(new SetError(0, "the connection ended before the answer"));
    this.#waiting.clear();
  }
}
