import PPLExecution
import PPLGraphIR
import PPLInference
import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import Testing

/// A program with its data, compiled and ready to be evaluated.
struct CompiledCase {
  let bound: BoundModel
  let model: CompiledModel
  private let data: [String: CaseData]
  private let parts: ReferenceExecutor
  private let gradientExecutor: ReferenceExecutor
  private let draw: ReferenceExecutor

  init(text: String, data: [String: CaseData] = [:]) throws {
    let (bound, problems, file) = Self.bind(text, data)
    func words(_ diagnostics: [Diagnostic]) -> Comment {
      Comment(rawValue: DiagnosticRenderer(usesColor: false).render(diagnostics, in: file))
    }
    self.bound = try #require(bound, words(problems))
    do {
      model = try ModelCompiler.compile(self.bound)
    } catch {
      try #require(Bool(false), words([error.diagnostic]))
      throw error
    }
    self.data = data
    parts = ReferenceExecutor(model.densityParts)
    gradientExecutor = ReferenceExecutor(model.gradient)
    draw = ReferenceExecutor(model.draw)
  }

  /// The first error of a program that is not to compile.
  static func problem(text: String, data: [String: CaseData] = [:]) throws -> Diagnostic? {
    let (bound, problems, _) = bind(text, data)
    guard let bound else { return problems.first }
    do {
      _ = try ModelCompiler.compile(bound)
    } catch {
      return error.diagnostic
    }
    return nil
  }

  /// A program with its data, whose log density may have no graph.
  static func bound(text: String, data: [String: CaseData] = [:]) throws -> BoundModel {
    let (bound, problems, file) = bind(text, data)
    return try #require(
      bound,
      Comment(rawValue: DiagnosticRenderer(usesColor: false).render(problems, in: file))
    )
  }

  private static func bind(_ text: String, _ data: [String: CaseData])
    -> (model: BoundModel?, problems: [Diagnostic], file: SourceFile)
  {
    let file = SourceFile(name: "case.ppl", text: text)
    let parsed = Parser.parse(file)
    let checked = ModelChecker.check(
      parsed.program,
      library: ModelCompiler.signatures,
      engines: EngineLibrary.standard
    )
    let problems = (parsed.diagnostics + checked.diagnostics).filter(\.isError)
    guard problems.isEmpty else { return (nil, problems, file) }
    var arrays: [String: DataArray] = [:]
    for (key, entry) in data { arrays[key] = entry.array(key) }
    let binding = DataBinder.bind(
      checked.model,
      shared: DataSource(arrays: arrays, files: ["case.json"])
    )
    return (binding.model, binding.diagnostics.filter(\.isError), file)
  }

  var dimension: Int { model.dimension }

  /// Log density with Jacobian, and without.
  func density(at position: [Double]) -> (withJacobian: Double, alone: Double) {
    let values = parts.run(inputs: position, outputCount: 2)
    return (values[0], values[1])
  }

  /// Log density with Jacobian, then its gradient.
  func gradient(at position: [Double]) -> [Double] {
    gradientExecutor.run(inputs: position, outputCount: dimension + 1)
  }

  /// Sampled quantities in their own space.
  func sampled(at position: [Double]) -> [(name: String, values: [Double])] {
    let all = draw.run(inputs: position, outputCount: model.draw.outputCount)
    var offset = 0
    var result: [(name: String, values: [Double])] = []
    for quantity in model.recorded {
      if quantity.role == .sampled {
        result.append((quantity.name, Array(all[offset..<offset + quantity.count])))
      }
      offset += quantity.count
    }
    return result
  }

  /// All recorded quantities in one draw.
  func recorded(at position: [Double], key: RandomKey) -> [String: [Double]] {
    let all = draw.run(inputs: position, outputCount: model.draw.outputCount, key: key)
    var offset = 0
    var result: [String: [Double]] = [:]
    for quantity in model.recorded {
      result[quantity.name] = Array(all[offset..<offset + quantity.count])
      offset += quantity.count
    }
    return result
  }

  /// What the plain density reads.
  func plainValues(at position: [Double]) -> PlainValues {
    var values: [String: [Double]] = [:]
    for case (let key, .numbers(let numbers, _)) in data { values[key] = numbers }
    for entry in sampled(at: position) { values[entry.name] = entry.values }
    return PlainValues(values: values)
  }

  /// A position with elements between -1.2 and 1.2.
  func position(_ trial: Int) -> [Double] {
    var generator = RandomKey(seed: 3).derived(UInt64(trial)).makeGenerator()
    return (0..<dimension).map { _ in 1.2 * (2 * generator.nextUniform() - 1) }
  }
}
