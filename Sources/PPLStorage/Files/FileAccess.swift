/// The bytes of a file.
package func readFile(_ path: String) throws(FileError) -> [UInt8] {
  try SystemCalls.read(path)
}
