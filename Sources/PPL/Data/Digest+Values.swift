import PPLModelCompiler
import PPLSemantics
import PPLStorage
import PPLSyntax
import PPLTensorCore

extension Digest {
  /// Adds sizes, names and values of all that is bound.
  mutating func add(_ bound: BoundModel) {
    for dimension in bound.dimensions { add("\(dimension.name) \(dimension.count)") }
    for id in bound.values.variables { add(bound.model.variables[id.index].name.text) }
    add(bound.values)
  }

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
