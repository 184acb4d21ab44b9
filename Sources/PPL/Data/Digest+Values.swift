import PPLModelCompiler
import PPLStorage
import PPLTensorCore

extension Digest {
  /// Adds all that data say; what is computed from rows of files follows from these.
  mutating func add(_ values: BoundValues) {
    for id in values.variables {
      if let array = values.streamed(id) {
        // A file that cannot be read is reported where its rows are wanted.
        try? array.source?.forEachPart { (_, numbers) throws(RowSourceError) in
          add(numbers)
        } failing: {
          $0
        }
      } else if let tensor = values[id] {
        add(tensor.values)
      }
    }
  }
}
