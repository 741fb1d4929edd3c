// SPDX-License-Identifier: Apache-2.0
/**
 * Text in and out of Quad: files as a {@link dev.quad.CandidatePool}, a plain embedder, chunks for the model, and the
 * selected records written back. Start with {@link JsonlPool}.
 *
 * <p>Reading is strict: a line that is not what it should be stops the run with its file and line, or is skipped and
 * reported where {@link JsonlOptions} allow it. Memory is bounded by the longest line and a few bytes a document, never
 * by the size of the files. The classes, in the order of the way:
 *
 * <p>From names to lines
 *
 * <ul>
 *   <li>{@link InputFiles}: names, folders ({@code FolderWalk}) and patterns to files; {@link Inputs} tells what was
 *       taken
 *   <li>{@code SourceFile}: <b>begin here</b>: what one file is, by its bytes and {@code FileNames}, and its lines
 *   <li>{@code GzipStream}, {@code ZstdStreams} ({@code ZstdLibrary}): unpacked, by {@code ReadAhead} on a thread of
 *       its own, within {@code BoundedExpansion}
 *   <li>{@code WholeText}, {@code WholeFile}: a file that is one document; {@code StandardInput}: one that is read once
 *   <li>{@code ParquetLines}: rows as lines; {@code ParquetTypes}, {@code ParquetRow} and {@code ParquetValues} are its
 *       columns, {@code ParquetChunks}, {@code ParquetRuns}, {@code ParquetCodecs} and {@code ParquetLz4} its bytes
 *   <li>{@code Lines}, {@code Utf8}: a stream in lines of well-formed text
 * </ul>
 *
 * <p>From lines to documents
 *
 * <ul>
 *   <li>{@code RecordParser}: text and id of a line, at a {@code FieldPath}; {@code Json} are its settings, and
 *       {@code JsonFault} and {@code Excerpt} say what is wrong
 *   <li>{@code JsonlReader}: the documents of a file, for {@link Jsonl} and {@code PoolIndexer}; {@link ReadListener}
 *       hears of each {@link BadLine}, {@link RejectFile} keeps them
 *   <li>{@link JsonlPool}: {@code Records} by ordinal, found by {@code PoolIndex} in a {@code PoolFile}, or in
 *       {@code StoredLines} and {@code TextCache} where the file itself cannot be read at any place
 *   <li>{@code Partitions}: fields that stand in the names of folders
 *   <li>{@link PoolSummary}: what a pool is made of
 * </ul>
 *
 * <p>What is made of documents
 *
 * <ul>
 *   <li>{@link Duplicates}; {@link NearDuplicates}, by {@code Words} and {@code Hash64}, kept in
 *       {@code NearDuplicatesFile}
 *   <li>{@link Chunker}, {@link ChunkedInfluence}: token sequences, and scores by them; {@link SequenceFile} keeps them
 *   <li>{@link HashedNgramEmbedder}: {@code NgramCounts}, {@code NgramWeights}, {@code NgramProjection}
 *   <li>{@link PoolEmbeddings}, {@link DocumentEmbedder}, {@link EmbeddingCache} ({@code CacheTurn}): rows of a pool
 *   <li>{@link PrecomputedEmbeddings}, {@link EmbeddingColumn}: rows made elsewhere, matched by {@code DocumentsById}
 * </ul>
 *
 * <p>Records written
 *
 * <ul>
 *   <li>{@link RecordWriter}: each with a field more, by {@code FieldSplice}, {@link JsonFields} and {@code JsonTree},
 *       to a {@code RecordSink}
 *   <li>{@code ParquetSink}: {@code ParquetSchemas} and {@code ParquetUnion} give the columns, {@code ParquetShape} and
 *       {@code ParquetFit} those of fields, {@code ParquetRecords} fills them; {@link WrittenColumns} tells what became
 *       of them
 * </ul>
 */
@NullMarked
package dev.quad.text;

import org.jspecify.annotations.NullMarked;
