import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// How a model's fit is laid out on the disk.
struct FitStore {
  let model: Model

  /// Names, dimensions and labels of everything that a fit by chains holds.
  ///
  /// With `keepsPositions` the draws are kept on the unconstrained scale as well.
  func schema(_ plan: ChainPlan, keepsPositions: Bool = false) -> FitSchema {
    var attributes = [JSONMember("tuning_steps", .integer(plan.lengths.warmup))]
    if let settings = plan.hamiltonian {
      attributes += [
        JSONMember("adaptation", .string(settings.adaptation.rawValue)),
        JSONMember("start", .string(settings.start.rawValue)),
      ]
    }
    return schema(
      plan.lengths,
      engine: plan.signature.name,
      recorded: model.compiled.recorded,
      likelihoods: model.compiled.likelihoods,
      statistics: plan.signature.statistics,
      unconstrained: keepsPositions ? model.dimension : nil,
      attributes: attributes
    )
  }

  /// The same of any fit.
  func schema(
    _ lengths: ChainLengths,
    engine: String,
    recorded: [RecordedQuantity],
    likelihoods: [PointwiseLikelihood] = [],
    statistics: [SampleStatistic] = [],
    unconstrained: Int? = nil,
    attributes: [JSONMember] = []
  ) -> FitSchema {
    var dimensions: [FitDimension] = []
    var known: Set<String> = []
    func add(_ axis: RecordedQuantity.Axis) -> String {
      if known.insert(axis.name).inserted {
        dimensions.append(FitDimension(name: axis.name, labels: Self.labels(axis.labels)))
      }
      return axis.name
    }
    /// Indices as they are recorded of draws: integer labels, or positions from 1. Missing cells are not numbers in the file.
    func valuesWithGaps(_ id: VariableID, _ tensor: Tensor) -> [Double] {
      var values = tensor.values
      if case .index(let dimension) = model.bound.model.variables[id.index].type.element {
        let labels = model.bound[dimension]
        values = values.map { value in
          let position = Int(exactly: value) ?? 0
          return Double(labels.integerLabel(at: position) ?? position + 1)
        }
      }
      for cell in model.bound.missing[id] ?? [] { values[cell] = .nan }
      for cell in model.bound.nonexistent(id) { values[cell] = .nan }
      return values
    }
    let posterior = recorded.map { quantity in
      FitVariable(
        name: quantity.name,
        dimensions: quantity.axes.map(add),
        element: Self.element(quantity.kind)
      )
    }
    let likelihoods = likelihoods.map { entry in
      let name = "\(entry.name)_observation"
      if entry.labels.count != 1 || entry.labels[0] != "" {
        dimensions.append(FitDimension(name: name, labels: .strings(entry.labels)))
        return FitVariable(name: entry.name, dimensions: [name])
      }
      return FitVariable(name: entry.name)
    }
    var positions: [FitVariable] = []
    if let unconstrained {
      let axis = "unconstrained_value"
      dimensions.append(
        FitDimension(name: axis, labels: .integers(Array(0..<unconstrained).map { $0 + 1 }))
      )
      positions = [FitVariable(name: "position", dimensions: [axis])]
    }
    let observed = observedVariables.filter { _, _, tensor in
      tensor.shape.count <= Self.mostObservations
    }.map { id, variable, tensor in
      let values = valuesWithGaps(id, tensor)
      return FitData(
        variable: FitVariable(
          name: variable.name.text,
          dimensions: axes(of: variable, tensor).map(add),
          element: values.contains(where: \.isNaN) ? .real : Self.element(tensor.kind)
        ),
        values: values
      )
    }
    return FitSchema(
      chainCount: lengths.chains,
      drawCount: lengths.draws,
      dimensions: dimensions,
      posterior: posterior,
      likelihoods: likelihoods,
      sampleStatistics: statistics.map {
        FitVariable(name: $0.rawValue, element: $0.element)
      },
      unconstrained: positions,
      observedData: observed,
      attributes: [
        JSONMember("model", .string(model.program.source.name)),
        JSONMember(
          StoredFit.modelText,
          .string(String(decoding: model.program.source.bytes, as: UTF8.self))
        ),
        JSONMember(
          StoredFit.cellNames,
          .string(recorded.filter { $0.cellNames != nil }.map(\.name).joined(separator: " "))
        ),
        JSONMember("engine", .string(engine)),
        JSONMember("seed", .string("\(lengths.seed)")),
      ] + attributes + [
        JSONMember("inference_library", "ppl"),
        JSONMember("inference_library_version", .string(Version.text)),
      ]
    )
  }

  /// Elements of observed data that are kept with a fit at most; larger arrays, and those whose rows are in files, stay where they came from.
  private static let mostObservations = 1_000_000

  private var observedVariables: [(VariableID, Variable, Tensor)] {
    let checked = model.bound.model
    var seen: Set<VariableID> = []
    return checked.equations.compactMap { equation in
      guard case .distribution = equation.body,
        model.bound.values.streamed(equation.target) == nil,
        let tensor = model.bound.values[equation.target],
        seen.insert(equation.target).inserted
      else { return nil }
      return (equation.target, checked.variables[equation.target.index], tensor)
    }
  }

  private func axes(of variable: Variable, _ tensor: Tensor) -> [RecordedQuantity.Axis] {
    var used: [String: Int] = [:]
    return variable.type.axes.enumerated().map { position, axis in
      let size = tensor.shape[position]
      var name = "\(variable.name.text)_dim_\(position)"
      var labels = BoundDimension(name: name, labels: .integers(first: 1, count: size))
      if let id = axis.dimension, model.bound[id].count == size {
        name = model.bound[id].name
        labels = model.bound[id]
      }
      used[name, default: 0] += 1
      if let count = used[name], count > 1 { name += "_\(count)" }
      return RecordedQuantity.Axis(name: name, labels: labels)
    }
  }

  static func element(_ kind: ElementKind) -> FitElement {
    switch kind {
    case .real: .real
    case .integer: .integer
    case .boolean: .boolean
    }
  }

  static func labels(_ dimension: BoundDimension) -> FitLabels {
    switch dimension.labels {
    case .integers(let first, let count): .integers((0..<count).map { first + $0 })
    case .codes(let codes): .integers(codes)
    case .strings(let strings): .strings(strings)
    }
  }
}
