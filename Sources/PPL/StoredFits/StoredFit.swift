package import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import PPLStorage

/// A fit on the disk, opened to be looked at: its draws with their names, and what is known of how they were made.
///
/// ```swift
/// let fit = try StoredFit(path: folder + "/model.fit.zarr")
/// let mu = try fit.draws(of: "mu")
/// ```
///
/// Numbers are read when they are asked for, one quantity at a time. What the version that wrote the fit did not keep is nil or
/// empty, and `lacking` says so.
public struct StoredFit: Sendable {
  /// Where it is, as it was named.
  public let path: String
  /// The model's file, as the run named it.
  public let modelName: String?
  /// The text of the program.
  public let modelText: String?
  /// The engine of inference.
  public let engine: String?
  /// The seed of the run.
  public let seed: UInt64?
  /// The version of this program that wrote it.
  public let version: String?
  /// Number of chains.
  public let chainCount: Int
  /// Draws of each chain.
  public let drawCount: Int
  /// Everything that has draws, in the order of the program.
  package let quantities: [StoredQuantity]
  /// What was said of the fit when it was made.
  package let findings: RunFindings?
  /// What the fit does not hold, a phrase each.
  public private(set) var lacking: [String] = []
  let reader: FitReader
  private let attributes: JSONNode?

  /// Name of the attribute with the text of the program.
  static let modelText = "model_text"
  /// Name of the attribute that names the variables whose labels are those of whole cells, `1,"a"`.
  static let cellNames = "cell_names"

  /// Opens a fit.
  ///
  /// - Parameter path: its directory.
  /// - Throws: where there is no fit, or it is damaged.
  public init(path: String) throws(StoredFitError) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    do throws(FitError) {
      reader = try FitReader(path: path)
    } catch {
      throw StoredFitError(unreadable: path, error)
    }
    guard let posterior = reader.group("posterior") else {
      throw StoredFitError(unreadable: path, .notAFit(path: path))
    }
    let attributes = posterior.attributes
    self.attributes = attributes
    modelName = attributes["model"]?.string
    modelText = attributes[Self.modelText]?.string
    engine = attributes["engine"]?.string
    seed = attributes["seed"]?.string.flatMap { UInt64($0) }
    version = attributes["inference_library_version"]?.string
    let cells = Set(
      (attributes[Self.cellNames]?.string ?? "").split(separator: " ").map(String.init)
    )
    quantities = try Self.quantities(of: posterior, cells: cells, path)
    let extents = Set(posterior.variables.map { Array($0.shape.prefix(2)) })
    guard extents.count <= 1 else {
      throw StoredFitError(
        unreadable: path,
        .malformed(path: path, reason: "its quantities differ in their numbers of chains and draws")
      )
    }
    chainCount = extents.first?[0] ?? 0
    drawCount = extents.first?[1] ?? 0
    findings = RunFindings(of: path)
    if modelText == nil { lacking.append("the text of the model") }
    if findings == nil { lacking.append("what the run said of its engine") }
    if engine == nil { lacking.append("the name of its engine") }
  }

  /// The variables of a group with draws.
  ///
  /// - Throws: where a variable's form contradicts the group.
  private static func quantities(
    of group: FitReader.Group,
    cells: Set<String>,
    _ path: String
  ) throws(StoredFitError) -> [StoredQuantity] {
    var result: [StoredQuantity] = []
    for variable in group.variables {
      guard
        let quantity = StoredQuantity(
          variable,
          dimensions: group.dimensions,
          isCells: cells.contains(variable.name)
        )
      else {
        throw StoredFitError(
          unreadable: path,
          .malformed(
            path: "\(path)/\(group.name)/\(variable.name)",
            reason: "it is no array of chains and draws with the labels of its dimensions"
          )
        )
      }
      result.append(quantity)
    }
    return result
  }

  /// The variables of one of the other groups with draws; none where the fit lacks it.
  package func quantities(ofGroup name: String) throws(StoredFitError) -> [StoredQuantity] {
    guard let group = reader.group(name) else { return [] }
    return try Self.quantities(of: group, cells: [], path)
  }

  /// The draws of a quantity in all chains.
  ///
  /// - Throws: where a file is missing or damaged.
  package func draws(of quantity: StoredQuantity) throws(StoredFitError) -> StoredDraws {
    let values: [Double]
    do throws(FitError) {
      values = try reader.values(of: quantity.variable)
    } catch {
      throw StoredFitError(unreadable: path, error)
    }
    return StoredDraws(
      elementCount: quantity.count,
      chainCount: quantity.variable.shape[0],
      drawCount: quantity.variable.shape[1],
      values: values
    )
  }

  /// The draws of an element, by its name as the language writes it: `mu`, `theta[1]`, `alpha["ANOKA"]`.
  ///
  /// - Parameter name: one of ``elementNames``.
  /// - Returns: one array a chain; nil if the fit has no such element.
  /// - Throws: where a file is missing or damaged.
  public func draws(of name: String) throws(StoredFitError) -> [[Double]]? {
    for quantity in quantities where name.hasPrefix(quantity.name) {
      guard let element = (0..<quantity.count).first(where: { quantity.elementName($0) == name })
      else { continue }
      let draws = try draws(of: quantity).element(element)
      return (0..<draws.chainCount).map(draws.chain)
    }
    return nil
  }

  /// Names of all elements, in order.
  public var elementNames: [String] {
    quantities.flatMap { quantity in (0..<quantity.count).map(quantity.elementName) }
  }

  /// Draws of each chain that tuned the sampler and are not kept.
  package var warmupCount: Int? { attributes?["tuning_steps"]?.integer }

  /// When the run began, in ISO 8601.
  package var createdAt: String? { attributes?["created_at"]?.string }

  /// Seconds of the sampling and of the warm-up before it.
  package var seconds: (warmup: Double?, sampling: Double?) {
    (attributes?["warmup_time"]?.real, attributes?["sampling_time"]?.real)
  }

  /// The observed data that are kept with the fit.
  package func observedData() throws(StoredFitError) -> [StoredData] {
    guard let group = reader.group("observed_data") else { return [] }
    var result: [StoredData] = []
    for variable in group.variables {
      do throws(FitError) {
        result.append(
          StoredData(
            name: variable.name,
            shape: variable.shape,
            values: try reader.values(of: variable)
          )
        )
      } catch {
        throw StoredFitError(unreadable: path, error)
      }
    }
    return result
  }

  /// Quantities without prior, with the values that a fit by steps found.
  package func fitted() throws(StoredFitError) -> [StoredData] {
    let file = path + "/fitted.safetensors"
    guard isThere(file) else { return [] }
    do {
      return try readTensorFile(try readFile(file), path: file).map {
        StoredData(name: $0.name, shape: $0.shape, values: $0.values)
      }
    } catch {
      throw StoredFitError(
        unreadable: path,
        .malformed(path: file, reason: "it is no file of weights")
      )
    }
  }

  /// What a fit by steps wrote of its course; nil of other fits.
  package var training: JSONNode? {
    guard let bytes = try? readFile(path + "/" + TrainingSummary.fileName) else { return nil }
    return try? JSONDocument(bytes).root
  }
}

/// Observed data that are kept with a fit.
package struct StoredData: Sendable, Equatable {
  package let name: String
  package let shape: [Int]
  package let values: [Double]
}
