import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// What the files of one source give, by key.
///
/// The files of the command line are one source; each file that the program names is one of its own, so
/// columns of two such files may have equal names.
package struct DataSource: Sendable {
  package let arrays: [String: DataArray]
  /// The files as the user named them.
  package let files: [String]
  /// The keys in alphabetical order.
  let sortedKeys: [String]

  package init(arrays: [String: DataArray] = [:], files: [String] = []) {
    self.arrays = arrays
    self.files = files
    sortedKeys = arrays.keys.sorted()
  }
}

extension DataBinder {
  /// Where a declaration looks for its key.
  func source(of binding: DataBinding) -> DataSource {
    guard let path = binding.path else { return shared }
    return named[path] ?? DataSource(files: [path])
  }

  /// What the files give for a declaration; the only array of an npy file has no key.
  func array(for binding: DataBinding) -> DataArray? {
    let source = source(of: binding)
    if let array = source.arrays[binding.key] { return array }
    // Files of one array need not call it by the name that the program has for it.
    guard let path = binding.path, path.hasSuffix(".npy") || path.hasSuffix(".txt"),
      source.arrays.count == 1
    else { return nil }
    return source.arrays.values.first
  }

  /// The array with a dimension's name, from the sources that bind data over the dimension.
  ///
  /// - Throws: if two sources disagree, as then nothing says which rows belong together.
  func labelArray(of id: DimensionID) throws(LoweringError) -> DataArray? {
    let name = model.dimensions[id.index].name
    var found: DataArray?
    for use in uses[id.index].axes {
      guard case .data(let binding) = model.variables[use.variable].role,
        let array = source(of: binding).arrays[name.text],
        array.shape.count == 1
      else { continue }
      if let other = found, other.file != array.file, other.content != array.content {
        throw LoweringError(
          Diagnostic(
            code: "E0808",
            message: "two files give different labels for `\(name.text)`",
            primary: .init(name.span, "its labels come from the data"),
            dataLocation: array.location(),
            notes: ["the others are in \(other.file)"],
            help: "put rows of one dimension into the same order, or name two dimensions"
          )
        )
      }
      found = found ?? array
    }
    return found ?? shared.arrays[name.text]
  }

  /// Warns of keys that nothing reads, once a file.
  func reportUnusedKeys() {
    let labels = Set(model.dimensions.map(\.name.text))
    var used: [String: Set<String>] = [:]
    for variable in model.variables {
      guard case .data(let binding) = variable.role, let array = array(for: binding) else {
        continue
      }
      used[binding.path ?? "", default: []].insert(array.key)
    }
    let sources = [("", shared)] + named.sorted { $0.key < $1.key }
    for (path, source) in sources {
      let unused = source.arrays.values.filter {
        !labels.contains($0.key) && !used[path, default: []].contains($0.key)
      }
      for (file, arrays) in Dictionary(grouping: unused, by: \.file).sorted(by: { $0.key < $1.key })
      {
        let keys = arrays.map(\.key).sorted()
        let list = keys.map { "`\($0)`" }.joined(separator: ", ")
        report(
          Diagnostic(
            code: "W0801",
            severity: .warning,
            message: keys.count == 1
              ? "the data key \(list) is not used"
              : "\(keys.count) data keys are not used: \(list)",
            dataLocation: .init(file: file, column: keys.count == 1 ? keys[0] : nil)
          )
        )
      }
    }
  }
}
