import PPLInference
import PPLStorage
import Testing

/// The states of chains as they come back from files.
func saved(_ results: [ChainResult]) throws -> [(any SavedChain)?] {
  func reread(_ state: some SavedChain) throws -> any SavedChain {
    let bytes = try StateFile.bytes(of: state)
    let read = try StateFile.value(type(of: state), of: bytes)
    #expect(try StateFile.bytes(of: read) == bytes)
    return read
  }
  return try results.map { result in try result.state.map { try reread($0) } }
}
