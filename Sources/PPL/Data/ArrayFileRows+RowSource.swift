package import PPLModelCompiler
package import PPLStorage

extension ArrayFileRows: RowSource {
  package func numbers(of rows: Range<Int>) throws(RowSourceError) -> [Double] {
    do throws(DataFileError) { return try elements(of: rows) } catch { throw Self.failure(error) }
  }

  package func read(
    _ row: Int,
    into numbers: UnsafeMutableBufferPointer<Float>,
    buffer: UnsafeMutableRawBufferPointer
  ) throws(RowSourceError) {
    do throws(DataFileError) {
      try unsafe readElements(of: row, into: numbers, buffer: buffer)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: DataFileError) -> RowSourceError {
    RowSourceError(message: error.message, file: error.location.path)
  }
}
