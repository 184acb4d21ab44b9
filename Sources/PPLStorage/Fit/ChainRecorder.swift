/// Takes the draws of one chain; used by one task at a time.
///
/// Draws are kept until a chunk is full or the flush interval has passed, whichever is first; a
/// chunk that is not full is written again later. A flush that took long makes the interval longer,
/// so that writing takes at most about a twentieth of the time. Where the writer writes behind, the chain goes on
/// meanwhile.
///
/// Of a chain that goes on after a stop the disk may have more draws than it goes on from. They stay until it has made them again,
/// so that nothing is taken back that was shown.
package final class ChainRecorder {
  private let writer: FitWriter
  private let chain: Int
  /// Draws of the current chunk, shape `[draws, row width]`.
  private var rows: [Double] = []
  private var chunk = 0
  private var drawsInChunk = 0
  private var nextFlush: Double
  /// Draws that the disk has.
  private var storedCount: Int

  /// A recorder of a chain whose first draws are `rows`, and of which the disk has `storedCount`, these included.
  init(writer: FitWriter, chain: Int, rows resumed: [Double] = [], storedCount: Int = 0) {
    self.writer = writer
    self.chain = chain
    self.storedCount = storedCount
    nextFlush = SystemCalls.monotonicSeconds() + writer.flushInterval
    let expected = min(writer.layout.schema.drawCount, writer.layout.chunkDrawCount)
    rows.reserveCapacity(expected * writer.layout.rowWidth)
    guard !resumed.isEmpty else { return }
    let width = writer.layout.rowWidth
    let count = resumed.count / width
    chunk = count / writer.layout.chunkDrawCount
    drawsInChunk = count - chunk * writer.layout.chunkDrawCount
    rows += resumed.suffix(drawsInChunk * width)
  }

  /// Number of draws taken so far.
  package var drawCount: Int { chunk * writer.layout.chunkDrawCount + drawsInChunk }

  /// Takes one draw.
  ///
  /// - Parameter row: the posterior variables in the schema's order, each row by row, then the
  ///   sample statistics.
  /// - Throws: errors of the file system, if draws were due to be written.
  package func append(_ row: [Double]) throws(FitError) {
    precondition(row.count == writer.layout.rowWidth, "a draw has a number for every variable")
    precondition(
      drawCount < writer.layout.schema.drawCount,
      "a chain has no more draws than planned"
    )
    rows.append(contentsOf: row)
    drawsInChunk += 1
    if drawsInChunk == writer.layout.chunkDrawCount {
      let isLast = drawCount == writer.layout.schema.drawCount
      // In a short run the last chunk waits for `finish`: other chains are not held up by its files.
      if isLast, SystemCalls.monotonicSeconds() < nextFlush { return }
      try write(isLast: isLast)
      rows.removeAll(keepingCapacity: true)
      chunk += 1
      drawsInChunk = 0
    } else if SystemCalls.monotonicSeconds() >= nextFlush {
      try flush()
    }
  }

  /// Brings all draws so far to the disk.
  package func flush() throws(FitError) {
    if drawsInChunk > 0 { try write(isLast: false) }
  }

  /// Brings the remaining draws to their files; `FitWriter.finish` then shows them.
  package func finish() throws(FitError) {
    if drawsInChunk > 0 { try write(isLast: true) }
  }

  private func write(isLast: Bool) throws(FitError) {
    guard drawCount > storedCount else { return }
    if let queue = writer.queue {
      let (writer, rows, chain, chunk, count) = (writer, rows, chain, chunk, drawCount)
      try queue.add { () throws(FitError) in
        try writer.write(rows, chain: chain, chunk: chunk, drawCount: count, isLast: isLast)
      }
      storedCount = drawCount
      nextFlush = SystemCalls.monotonicSeconds() + writer.flushInterval
      return
    }
    let start = SystemCalls.monotonicSeconds()
    try writer.write(rows, chain: chain, chunk: chunk, drawCount: drawCount, isLast: isLast)
    storedCount = drawCount
    let end = SystemCalls.monotonicSeconds()
    nextFlush = end + max(writer.flushInterval, 20 * (end - start))
  }
}
