// Declares the names that the book's examples take from their surroundings.

declare const messages: { role: string; content: string }[];
declare const params: object;
declare function token(options?: { fresh: boolean }): Promise<string>;
declare function show(...words: unknown[]): void;
declare function append(text: string): void;
declare function apply(data: unknown): void;
declare function load(): void;
declare function reload(): void;
