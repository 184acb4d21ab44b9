import PPLModelCompiler

/// Puts the rows of a step that stay in files between the rows' positions and the parameters.
///
/// What cannot be read is NaN, and `failure` says why. One thread uses it at a time.
@safe
final class StreamedInputs {
  /// Why rows could not be read.
  private(set) var failure: RowSourceError?
  private let streams: [RowStream]
  private let positionCount: Int
  /// Numbers that are read.
  let dataCount: Int
  private let inputs: UnsafeMutableBufferPointer<Float>
  private let bytes: UnsafeMutableRawBufferPointer

  /// Inputs for a graph with so many elements of inputs, the first of which are positions.
  init(_ streams: [RowStream], inputCount: Int) {
    self.streams = streams
    dataCount = streams.reduce(0) { $0 + $1.positions.count * $1.width }
    positionCount = streams.map(\.positions.upperBound).max() ?? 0
    unsafe inputs = .allocate(capacity: inputCount)
    unsafe inputs.initialize(repeating: 0)
    let size = streams.map(\.source.rowSize).max() ?? 0
    unsafe bytes = .allocate(byteCount: max(1, size), alignment: 16)
  }

  deinit {
    unsafe inputs.deallocate()
    unsafe bytes.deallocate()
  }

  /// The inputs of the graph, from all positions and the parameters; valid until the next call.
  func filled(_ given: UnsafeBufferPointer<Float>, positions count: Int)
    -> UnsafeBufferPointer<Float>
  {
    precondition(unsafe given.count + dataCount == inputs.count && count >= positionCount)
    for index in 0..<count { unsafe inputs[index] = given[index] }
    var place = count
    for stream in streams {
      for index in stream.positions {
        let end = place + stream.width
        let row = unsafe UnsafeMutableBufferPointer(rebasing: inputs[place..<end])
        do throws(RowSourceError) {
          try unsafe stream.source.read(Int(given[index]), into: row, buffer: bytes)
        } catch {
          failure = failure ?? error
          unsafe row.update(repeating: .nan)
        }
        place = end
      }
    }
    let parameters = unsafe UnsafeMutableBufferPointer(rebasing: inputs[place...])
    _ = unsafe parameters.update(fromContentsOf: given[count...])
    return unsafe UnsafeBufferPointer(inputs)
  }
}
