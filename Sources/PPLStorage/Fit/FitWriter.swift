package import PPLJSON
import Synchronization

/// Writes a fit while its chains run: a Zarr directory of format 2 in ArviZ's InferenceData layout.
///
/// Until the first draws are written the store stands beside its place, as `PATH.new`; then it
/// moves there, exchanged in one step with the fit that it replaces, if any. From then on the
/// arrays at the path show what is safe on the disk: chunks are written first (temporary file,
/// fsync, rename), then the arrays' shapes grow to what all chains have, then the consolidated
/// metadata, which readers see as one. Draws that a chain has beyond the slowest one are on the disk
/// too, though not in the arrays' shapes; `FitReader` reads them.
package final class FitWriter: Sendable {
  /// Where the fit is written.
  package let path: String
  let layout: FitLayout
  /// When the store was made, in ISO 8601.
  let createdAt = SystemCalls.timestamp()
  /// Seconds between flushes of a chain; a flush that is slow makes the next one wait longer.
  let flushInterval: Double
  let fileSystem: OpenFileSystem
  /// Writes chunks while their chains go on; nil if chains wait for the disk.
  let queue: WriteQueue?
  private let state: Mutex<State>

  private struct State {
    /// Where the store stands now: beside the path, then at it.
    var root: String
    var isInPlace = false
    var hasCheckpoint = false
    /// Whether it stays beside its place although it has draws.
    var isHeldBack = false
    var drawsPerChain: [Int]
    /// Draws that the arrays' shapes show.
    var shown: FitExtent
    var lastPublication: Double
    /// Keys of files that were written without waiting for the disk.
    var unsynchronized: Set<String> = []

    /// What was shown, with the draws that are there now.
    var stillShown: FitExtent {
      var extent = shown
      extent.drawsPerChain = drawsPerChain
      return extent
    }
  }

  /// Makes a store with no draws.
  ///
  /// - Parameters:
  ///   - path: directory to be; missing parents are made.
  ///   - schema: dimensions, variables and data of the fit.
  ///   - replacing: whether a fit at the path may be replaced; anything else never is.
  ///   - files: files of their own beside the arrays, of which the last one tells that the store is whole.
  ///   - flushInterval: seconds after which a chain's draws go to the disk.
  ///   - isWritingBehind: whether chains go on while their draws are written; errors come with a later draw then.
  /// - Throws: where something is at the path that may not be replaced, or the place cannot be
  ///   written.
  package init(
    path: String,
    schema: FitSchema,
    replacing: Bool = false,
    files: [(name: String, bytes: [UInt8])] = [],
    flushInterval: Double = 10,
    isWritingBehind: Bool = false
  ) throws(FitError) {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
    self.flushInterval = flushInterval
    queue = isWritingBehind ? WriteQueue() : nil
    layout = FitLayout(schema)
    if SystemCalls.kind(of: path) != nil {
      guard replacing else { throw .exists(path: path) }
      guard FitDirectory.isFit(path) else { throw .notAFit(path: path) }
      try Self.checkFree(path, of: path)
    }
    let root = Self.stagingPath(path)
    if SystemCalls.kind(of: root) != nil {
      // Left by a run that was killed before its first draws were written, or before the fit that it replaced was removed.
      guard FitDirectory.isBegun(root) else { throw .exists(path: root) }
      try Self.checkFree(root, of: path)
      try asFitError { () throws(FileError) in try FitDirectory.remove(root) }
    }
    fileSystem = try asFitError { () throws(FileError) in
      try makeParents(of: root)
      try SystemCalls.makeDirectory(root)
      return try OpenFileSystem(of: root)
    }
    guard fileSystem.lock() else { throw .inUse(path: path) }
    let drawsPerChain = [Int](repeating: 0, count: schema.chainCount)
    state = Mutex(
      State(
        root: root,
        drawsPerChain: drawsPerChain,
        shown: FitExtent(drawsPerChain: drawsPerChain, isFinal: false),
        lastPublication: SystemCalls.monotonicSeconds()
      )
    )
    try locked { state throws(FileError) in
      state.unsynchronized = Set(try self.makeSkeleton(at: root))
      for file in files {
        // Whole or not at all: who finds the last one takes the store up.
        let path = root + "/" + file.name
        try replaceFile(file.bytes, at: path, on: self.fileSystem, isDurable: false)
        state.unsynchronized.insert(file.name)
      }
    }
  }

  /// Takes up a store whose run was stopped.
  ///
  /// - Parameters:
  ///   - stored: the store, at the path or beside it.
  ///   - path: directory that the fit is in or will move to.
  ///   - schema: what the store was begun with.
  ///   - flushInterval: seconds after which a chain's draws go to the disk.
  /// - Throws: where the place cannot be written.
  package init(
    resuming stored: FitReader,
    path: String,
    schema: FitSchema,
    flushInterval: Double = 10
  ) throws(FitError) {
    self.path = path
    self.flushInterval = flushInterval
    queue = WriteQueue()
    layout = FitLayout(schema)
    fileSystem = try asFitError { () throws(FileError) in try OpenFileSystem(of: stored.path) }
    guard fileSystem.lock() else { throw .inUse(path: path) }
    try asFitError { () throws(FileError) in
      try WriteBatch.removeLeftovers(in: stored.path)
    }
    var drawsPerChain = stored.drawsPerChain
    if drawsPerChain.count != schema.chainCount {
      drawsPerChain = [Int](repeating: 0, count: schema.chainCount)
    }
    state = Mutex(
      State(
        root: stored.path,
        isInPlace: stored.path == path,
        hasCheckpoint: true,
        drawsPerChain: drawsPerChain,
        shown: stored.extent,
        lastPublication: SystemCalls.monotonicSeconds()
      )
    )
  }

  /// Refuses a directory that another run writes.
  private static func checkFree(_ root: String, of path: String) throws(FitError) {
    let directory = try asFitError { () throws(FileError) in try OpenFileSystem(of: root) }
    guard directory.lock() else { throw .inUse(path: path) }
  }

  /// Where a fit stands until its first draws are written.
  package static func stagingPath(_ path: String) -> String { path + ".new" }

  /// The place to which one chain brings its draws.
  ///
  /// - Parameter chain: index of the chain; one recorder each.
  /// - Returns: a recorder without draws, for one task.
  package func makeRecorder(chain: Int) -> ChainRecorder {
    precondition(
      layout.schema.chainCount > chain && chain >= 0,
      "a recorder is for a chain of the schema"
    )
    return ChainRecorder(writer: self, chain: chain)
  }

  /// The same for a chain that goes on after its first draws, of shape `[draws, row width]`, which the disk has.
  package func makeRecorder(chain: Int, resuming rows: [Double]) -> ChainRecorder {
    let count = layout.rowWidth > 0 ? rows.count / layout.rowWidth : 0
    // Draws that a checkpoint builds on are there, shown or not: their chunks are replaced, not written over.
    let stored = state.withLock { state in
      state.drawsPerChain[chain] = max(state.drawsPerChain[chain], count)
      return state.drawsPerChain[chain]
    }
    return ChainRecorder(writer: self, chain: chain, rows: rows, storedCount: stored)
  }

  /// Replaces a file beside the arrays, after all that was written before; the store stays where it is.
  ///
  /// Its name may have one folder, which is made where it is missing. Without `isDurable` it is `finish` that waits for the disk.
  package func keep(_ bytes: [UInt8], as name: String, isDurable: Bool) throws(FitError) {
    guard let queue else { return try replace(name, bytes, isDurable: isDurable) }
    try queue.add { [self] () throws(FitError) in
      try replace(name, bytes, isDurable: isDurable)
    }
  }

  private func replace(_ name: String, _ bytes: [UInt8], isDurable: Bool) throws(FitError) {
    try locked { state throws(FileError) in
      let path = state.root + "/" + name
      let folder = parentDirectory(path)
      if SystemCalls.kind(of: folder) == nil { try SystemCalls.makeDirectory(folder) }
      try replaceFile(bytes, at: path, on: self.fileSystem, isDurable: isDurable)
      state.hasCheckpoint = true
      if !isDurable { state.unsynchronized.insert(name) }
    }
  }

  /// Shows all draws of chains that have finished, and completes the attributes.
  ///
  /// - Parameter attributes: added to those of the schema, replacing members of the same name.
  /// - Returns: what the arrays show; where chains differ in length (a run was interrupted), that
  ///   is what all of them have.
  /// - Throws: errors of the file system; it may be tried again.
  package func finish(attributes: [JSONMember] = []) throws(FitError) -> FitExtent {
    try queue?.wait()
    defer { fileSystem.unlock() }
    return try locked { state throws(FileError) in
      try self.moveIntoPlace(&state)
      var extent = FitExtent(drawsPerChain: state.drawsPerChain, isFinal: true)
      if extent.drawCount < state.shown.drawCount { extent = state.stillShown }
      try self.show(extent, attributes, &state)
      return extent
    }
  }

  /// Brings all that was written to the disk, and leaves the store where it is: a run that is to go on later.
  package func pause() throws(FitError) {
    try queue?.wait()
    defer { fileSystem.unlock() }
    try locked { state throws(FileError) in try self.synchronize(&state) }
  }

  /// Whether a file was kept beside the arrays, or the store was taken up: what a later run may go on from.
  package var hasCheckpoint: Bool { state.withLock { $0.hasCheckpoint } }

  /// Writes draws of another store as this one's, and what else is given, then moves to the place, all at once.
  ///
  /// - Parameters:
  ///   - stored: a fit of the same variables with at most as many draws.
  ///   - files: files beside the arrays, of which the last one tells that the store is whole.
  /// - Throws: what cannot be read or written; the other store is then unchanged.
  package func take(_ stored: FitReader, files: [(name: String, bytes: [UInt8])]) throws(FitError) {
    state.withLock { $0.isHeldBack = true }
    for (chain, count) in stored.drawsPerChain.enumerated() where count > 0 {
      let rows = try stored.rows(layout.schema, chain: chain, count: count)
      let recorder = makeRecorder(chain: chain)
      let width = layout.rowWidth
      for draw in 0..<count {
        try recorder.append(Array(rows[(draw * width)..<((draw + 1) * width)]))
      }
      try recorder.flush()
    }
    for file in files.dropLast() { try keep(file.bytes, as: file.name, isDurable: true) }
    try queue?.wait()
    try locked { state throws(FileError) in
      try self.show(FitExtent(drawsPerChain: state.drawsPerChain, isFinal: true), [], &state)
      state.isHeldBack = false
    }
    try attach(Array(files.suffix(1)), isDurable: true)
  }

  /// Removes a store that has not come into its place: a run that failed before its first draws.
  package func discard() throws(FitError) {
    queue?.drain()
    defer { fileSystem.unlock() }
    try locked { state throws(FileError) in
      if !state.isInPlace { try FitDirectory.remove(state.root) }
    }
  }

  /// Removes the store, wherever it stands: a run that failed, and would fail again.
  package func remove() throws(FitError) {
    queue?.drain()
    defer { fileSystem.unlock() }
    try locked { state throws(FileError) in try FitDirectory.remove(state.root) }
  }

  /// Writes files of their own beside the arrays; the store moves to its place with the first of them.
  ///
  /// Each appears whole or not at all, and all of them together with `isDurable`, which waits for the disk.
  package func attach(_ files: [(name: String, bytes: [UInt8])], isDurable: Bool) throws(FitError) {
    try locked { state throws(FileError) in
      var batch = WriteBatch(self.fileSystem)
      do throws(FileError) {
        for file in files {
          let path = state.root + "/" + file.name
          try batch.stage(file.bytes, at: path, isDurable: isDurable)
        }
        if isDurable { try self.synchronize(&state) }
        try batch.commit(isDurable: isDurable)
      } catch {
        batch.discard()
        throw error
      }
      try self.moveIntoPlace(&state)
    }
  }

  /// Writes one chunk of each variable of a chain.
  ///
  /// - Parameters:
  ///   - rows: the chunk's draws so far, shape `[draws, row width]`.
  ///   - chain: index of the chain.
  ///   - chunk: index of the chunk.
  ///   - drawCount: draws the chain has with these.
  ///   - isLast: whether the chain has finished; its draws may then wait for `finish` to be shown.
  /// - Throws: errors of the file system; nothing has changed then.
  func write(
    _ rows: [Double],
    chain: Int,
    chunk: Int,
    drawCount: Int,
    isLast: Bool
  ) throws(FitError) {
    try locked { state throws(FileError) in
      try self.moveIntoPlace(&state)
      // A chunk of which the arrays show something must not be replaced by one that the disk does
      // not have yet.
      let isShown = state.shown.drawCount > chunk * self.layout.chunkDrawCount
      let isDurable = !isLast || isShown
      let isNew = state.drawsPerChain[chain] <= chunk * self.layout.chunkDrawCount
      var batch = WriteBatch(self.fileSystem)
      do throws(FileError) {
        for column in self.layout.columns where column.count > 0 {
          let bytes = self.chunkBytes(column, rows)
          let key = self.layout.chunkKey(column, chain: chain, chunk: chunk)
          try batch.stage(bytes, at: state.root + "/" + key, isDurable: true, isNew: isNew)
          if !isDurable { state.unsynchronized.insert(key) }
        }
        try batch.commit(isDurable: isDurable)
      } catch {
        batch.discard()
        throw error
      }
      state.drawsPerChain[chain] = drawCount
      var extent = FitExtent(drawsPerChain: state.drawsPerChain, isFinal: false)
      if extent.drawCount < state.shown.drawCount {
        // A run that was stopped showed the chains that had begun; until the others have as many draws, it stays with that.
        extent = state.stillShown
      }
      let age = SystemCalls.monotonicSeconds() - state.lastPublication
      // Chains flush at about the same time: the last one of them makes the common draws grow.
      let isDue = age >= self.flushInterval / 10 && extent.drawCount > state.shown.drawCount
      if isDue || age >= 2 * self.flushInterval { try self.show(extent, [], &state) }
    }
  }

  private func locked<Result: Sendable>(
    _ body: @Sendable (inout State) throws(FileError) -> Result
  ) throws(FitError) -> Result {
    do throws(FileError) {
      return try state.withLock { state throws(FileError) in try body(&state) }
    } catch {
      throw .file(error)
    }
  }

  /// The bytes of one full chunk; places of draws that are still to come are zero.
  private func chunkBytes(_ column: FitLayout.Column, _ rows: [Double]) -> [UInt8] {
    let width = layout.rowWidth
    var values: [Double] = []
    values.reserveCapacity(layout.chunkDrawCount * column.count)
    var start = column.start
    while start < rows.count {
      values.append(contentsOf: rows[start..<start + column.count])
      start += width
    }
    let missing = layout.chunkDrawCount * column.count - values.count
    values.append(contentsOf: repeatElement(0, count: missing))
    return ZarrElement(column.variable.element).encode(values)
  }

  private func show(
    _ extent: FitExtent,
    _ attributes: [JSONMember],
    _ state: inout State
  ) throws(FileError) {
    try synchronize(&state)
    try writeExtent(extent, attributes, root: state.root)
    state.shown = extent
    state.lastPublication = SystemCalls.monotonicSeconds()
  }

  /// Waits for all that was written without waiting for the disk.
  private func synchronize(_ state: inout State) throws(FileError) {
    let root = state.root
    let paths = state.unsynchronized.sorted().map { root + "/" + $0 }
    try fileSystem.synchronize(paths)
    try fileSystem.synchronize(Set(paths.map(parentDirectory)).sorted())
    state.unsynchronized = []
  }

  private func moveIntoPlace(_ state: inout State) throws(FileError) {
    guard !state.isInPlace, !state.isHeldBack else { return }
    try FitDirectory.move(state.root, to: path)
    state.root = path
    state.isInPlace = true
  }
}

/// Makes the directories that a path is in, as far as they are missing.
func makeParents(of path: String) throws(FileError) {
  var missing: [String] = []
  var parent = parentDirectory(path)
  while SystemCalls.kind(of: parent) == nil && parent != "/" && parent != "." {
    missing.append(parent)
    parent = parentDirectory(parent)
  }
  for directory in missing.reversed() { try SystemCalls.makeDirectory(directory) }
}
