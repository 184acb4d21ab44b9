/// An array whose rows stay in their file and are read when they are wanted.
///
/// A row is what one index of the first axis has.
package protocol RowSource: AnyObject, Sendable {
  /// Sizes of the array, two at least; the first is the number of rows.
  var shape: [Int] { get }
  /// Whether all its numbers are whole, as the file's own type has it.
  var isWhole: Bool { get }
  /// Bytes that `read` works with.
  var rowSize: Int { get }
  /// Rows that are read together where all of them are gone through.
  var rowsOfPart: Int { get }

  /// The numbers of rows one behind the other.
  func numbers(of rows: Range<Int>) throws(RowSourceError) -> [Double]

  /// Reads one row in single precision, with the help of a buffer.
  func read(
    _ row: Int,
    into numbers: UnsafeMutableBufferPointer<Float>,
    buffer: UnsafeMutableRawBufferPointer
  ) throws(RowSourceError)
}

/// Why rows cannot be read.
package struct RowSourceError: Error, Sendable {
  /// One sentence.
  package var message: String
  /// The file.
  package var file: String

  package init(message: String, file: String) {
    self.message = message
    self.file = file
  }
}

extension RowSource {
  /// Gives the numbers of all rows part by part, each with the place of its first element.
  package func forEachPart<Failure: Error>(
    _ body: (_ first: Int, _ numbers: [Double]) throws(Failure) -> Void,
    failing: (RowSourceError) -> Failure
  ) throws(Failure) {
    let rows = shape[0]
    let width = shape.dropFirst().reduce(1, *)
    for start in stride(from: 0, to: rows, by: rowsOfPart) {
      let numbers: [Double]
      do throws(RowSourceError) {
        numbers = try self.numbers(of: start..<min(rows, start + rowsOfPart))
      } catch {
        throw failing(error)
      }
      try body(start * width, numbers)
    }
  }

  /// The numbers of all rows.
  func allNumbers() throws(RowSourceError) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(shape.reduce(1, *))
    try forEachPart { (_, numbers) throws(RowSourceError) in
      result += numbers
    } failing: {
      $0
    }
    return result
  }
}
