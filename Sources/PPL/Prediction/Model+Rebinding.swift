import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// A model with other data, and what of it is new.
struct Rebinding {
  var bound: BoundModel
  /// Data that come from the new files.
  var replaced: Set<VariableID>
  /// Dimensions over which new data run.
  var dimensions: Set<DimensionID>
  /// Dimensions whose elements are told apart by their positions only, and whose data are new.
  var positional: Set<DimensionID>
  /// Keys of the new files that nothing reads.
  var unusedKeys: [String]
}

extension Model {
  /// Binds other data to the model; what they do not say stays as it was, where sizes agree.
  ///
  /// - Throws: what is wrong with the data.
  func rebound(_ source: CheckedPrediction.Source) throws(SamplingFailure) -> Rebinding {
    let checked = bound.model
    var files = DataSet()
    files.leastStreamed = sources.leastStreamed
    var own: [VariableID: DataArray] = [:]
    switch source {
    case .file(let path, _):
      if let given = sources.given[path] {
        files = given
      } else {
        files.add(path: program.resolved(path), name: path)
      }
      for (id, binding) in bindings { own[id] = files.arrays[binding.key] }
    case .files(let entries):
      for (variable, path, span) in entries {
        var file = DataSet(like: files)
        file.add(path: program.resolved(path), name: path)
        guard file.isValid else { throw .data(file.diagnostics) }
        let key = bindings[variable]?.key ?? ""
        let only = file.arrays.count == 1 ? file.arrays.values.first : nil
        guard let array = file.arrays[key] ?? only else {
          let keys = file.arrays.keys.sorted().joined(separator: ", ")
          throw .data([
            Diagnostic(
              code: "E0801",
              message: "\(path) has no key `\(key)`",
              primary: .init(span, "its keys are \(keys)"),
              help: "a file of one array may be named for any data"
            )
          ])
        }
        own[variable] = array
        files.add(array: array, key: key)
      }
    }
    guard files.isValid else { throw .data(files.diagnostics) }
    let names = Set(checked.dimensions.map(\.name.text))
    if own.isEmpty, !files.arrays.keys.contains(where: names.contains),
      case .file(let path, let span) = source
    {
      let keys = files.arrays.keys.sorted().joined(separator: ", ")
      throw .data([
        Diagnostic(
          code: "E0801",
          message: "\(path) has no data of the model",
          primary: .init(span, "its keys are \(keys)"),
          help: "name the data that it holds: `(x: \"\(path)\")`"
        )
      ])
    }
    let sizes = newSizes(own, files)
    let earlier = earlierBinding(replaced: Set(own.keys), touched: Set(sizes.keys))
    try checkRetained(own, earlier.absent, sizes, files)
    let sources = mergedSources(own, earlier.absent, Set(sizes.keys), files)
    let (result, diagnostics) = DataBinder.bind(
      checked,
      shared: sources.shared,
      named: sources.named,
      earlier: earlier,
      streamsRows: program.hasStepFits,
      externals: bound.externals
    )
    guard let result else { throw .data(diagnostics.filter(\.isError)) }
    try checkContinued(result, Set(sizes.keys), files)
    let used = Set(own.keys.compactMap { bindings[$0]?.key })
    return Rebinding(
      bound: result,
      replaced: Set(own.keys),
      dimensions: Set(sizes.keys),
      positional: Set(sizes.keys.filter { isPositional($0, files) }),
      unusedKeys: files.arrays.keys.filter { !used.contains($0) && !names.contains($0) }.sorted()
    )
  }

  /// Dimensions that new arrays run over or that have new labels, with their new sizes.
  private func newSizes(_ own: [VariableID: DataArray], _ files: DataSet) -> [DimensionID: Int] {
    let checked = bound.model
    var sizes: [DimensionID: Int] = [:]
    for (id, array) in own {
      let axes = checked.variables[id.index].type.axes
      if array.shape.count == axes.count {
        for (axis, size) in zip(axes, array.shape) {
          if let dimension = axis.dimension { sizes[dimension] = size }
        }
      } else if let lengths = array.rowLengths, axes.count == 2 {
        if let parent = axes[0].dimension { sizes[parent] = lengths.count }
        if let rows = axes[1].dimension { sizes[rows] = lengths.max() ?? 0 }
      }
    }
    for (index, dimension) in checked.dimensions.enumerated() {
      guard let labels = files.arrays[dimension.name.text], let count = labels.shape.first,
        labels.shape.count == 1, sizes[DimensionID(index)] == nil
      else { continue }
      sizes[DimensionID(index)] = count
    }
    return sizes
  }

  /// Refuses a series that goes on after its last label without that label: nothing would say where it stands.
  private func checkContinued(_ new: BoundModel, _ touched: Set<DimensionID>, _ files: DataSet)
    throws(SamplingFailure)
  {
    let checked = bound.model
    for (number, readings) in checked.readings.enumerated() {
      guard case .modeled = checked.variables[checked.equations[number].target.index].role else {
        continue
      }
      for reading in readings {
        let variable = checked.variables[reading.variable.index]
        guard let shift = reading.shift, case .modeled = variable.role,
          let dimension = variable.type.axes[shift.axis].dimension, touched.contains(dimension),
          !isPositional(dimension, files), shift.offset == .backward,
          let last = bound[dimension].integerLabel(at: bound[dimension].count - 1),
          let first = new[dimension].integerLabel(at: 0), first > last
        else { continue }
        let name = bound[dimension].name
        throw .data([
          Diagnostic(
            code: "E0811",
            message: "the new data begin with `\(name)` \(first), and the fit ends with \(last)",
            primary: .init(reading.span, "reads `\(variable.name.text)` before its own index"),
            dataLocation: .init(file: files.files.joined(separator: ", "), column: nil),
            help: "begin the file with the row of \(last), whose observations may be missing, so"
              + " that the series goes on from there"
          )
        ])
      }
    }
  }

  private var bindings: [VariableID: DataBinding] {
    var result: [VariableID: DataBinding] = [:]
    for (index, variable) in bound.model.variables.enumerated() {
      if case .data(let binding) = variable.role { result[VariableID(index)] = binding }
    }
    return result
  }

  /// What stays in force; observations over dimensions whose data are new do not.
  private func earlierBinding(replaced: Set<VariableID>, touched: Set<DimensionID>)
    -> EarlierBinding
  {
    let checked = bound.model
    var earlier = EarlierBinding()
    for id in checked.observedVariables where !replaced.contains(id) {
      guard case .data = checked.variables[id.index].role else { continue }
      let isTouched = checked.variables[id.index].type.axes.contains { axis in
        axis.dimension.map { touched.contains($0) } ?? false
      }
      if isTouched { earlier.absent.insert(id) }
    }
    for id in checked.evaluationOrder {
      let variable = checked.variables[id.index]
      guard case .computed = variable.role else { continue }
      let readsAbsent = variable.equations.contains { index in
        guard case .definition = checked.equations[index].body else { return false }
        return checked.equations[index].references.contains { earlier.absent.contains($0) }
      }
      guard readsAbsent else { continue }
      let isTouched = variable.type.axes.contains { axis in
        axis.dimension.map { touched.contains($0) } ?? false
      }
      // What was computed from the fit's observations, such as their scale, stays.
      if !isTouched, let tensor = bound.values[id] {
        earlier.values[id] = tensor
      } else {
        earlier.absent.insert(id)
      }
    }
    for (index, dimension) in checked.dimensions.enumerated() {
      guard case .inferred = dimension.extent, dimension.parent == nil else { continue }
      earlier.labels[DimensionID(index)] = bound.dimensions[index]
    }
    return earlier
  }

  /// Reports data that the new files lack and that the fit has in another size.
  private func checkRetained(
    _ own: [VariableID: DataArray],
    _ absent: Set<VariableID>,
    _ sizes: [DimensionID: Int],
    _ files: DataSet
  ) throws(SamplingFailure) {
    for (id, binding) in bindings.sorted(by: { $0.key.index < $1.key.index })
    where own[id] == nil && !absent.contains(id) {
      let variable = bound.model.variables[id.index]
      guard let shape = bound.values.shape(of: id) else { continue }
      for (axis, size) in zip(variable.type.axes, shape.sizes) {
        guard let dimension = axis.dimension, let new = sizes[dimension], new != size else {
          continue
        }
        let name = bound[dimension].name
        throw .data([
          Diagnostic(
            code: "E0811",
            message: "the data of the prediction have no key `\(binding.key)`",
            primary: .init(variable.name.span, "the fit has \(size) elements along `\(name)`"),
            dataLocation: .init(file: files.files.joined(separator: ", "), column: nil),
            notes: ["`\(name)` has \(new) elements in the new data"],
            help: "add `\(binding.key)` to the file"
          )
        ])
      }
    }
  }

  /// The fit's data with the new ones over them.
  private func mergedSources(
    _ own: [VariableID: DataArray],
    _ absent: Set<VariableID>,
    _ touched: Set<DimensionID>,
    _ files: DataSet
  ) -> DataSources {
    var gone: [String: Set<String>] = [:]
    var added: [String: [String: DataArray]] = [:]
    for (id, binding) in bindings {
      let path = binding.path ?? ""
      if let array = own[id] { added[path, default: [:]][binding.key] = array }
      if own[id] != nil || absent.contains(id) { gone[path, default: []].insert(binding.key) }
    }
    // Labels of new dimensions go with their data.
    for dimension in bound.model.dimensions {
      guard let labels = files.arrays[dimension.name.text] else { continue }
      if added.isEmpty { added[""] = [:] }
      for path in added.keys { added[path]?[dimension.name.text] = labels }
    }
    func merged(_ source: DataSource, _ path: String) -> DataSource {
      var arrays = source.arrays.filter { !(gone[path]?.contains($0.key) ?? false) }
      // Labels of rows that are gone are gone too.
      if let new = added[path], !new.isEmpty {
        for (index, dimension) in bound.model.dimensions.enumerated()
        where new[dimension.name.text] == nil && touched.contains(DimensionID(index)) {
          arrays[dimension.name.text] = nil
        }
      }
      arrays.merge(added[path] ?? [:]) { $1 }
      return DataSource(arrays: arrays, files: source.files + files.files)
    }
    var named: [String: DataSource] = [:]
    for (path, source) in sources.named { named[path] = merged(source, path) }
    return DataSources(shared: merged(sources.shared, ""), named: named)
  }

  /// Whether positions alone tell a dimension's elements apart: nothing gives it labels.
  private func isPositional(_ id: DimensionID, _ files: DataSet) -> Bool {
    let checked = bound.model
    switch checked.dimensions[id.index].extent {
    case .labels, .range: return false
    case .count(let size):
      // What the text says is the same for all data.
      if case .number = size.kind { return false }
    case .inferred, .ragged: break
    }
    guard case .integers = bound[id].labels, files.arrays[bound[id].name] == nil else {
      return false
    }
    return !checked.variables.contains { variable in
      guard case .data = variable.role else { return false }
      return variable.type.element == .index(id)
    }
  }
}
