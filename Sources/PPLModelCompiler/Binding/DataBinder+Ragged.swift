import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// Data over `[parent, ragged]`: nested lists of different lengths, or all elements one behind the other where the
// lengths are declared. They are held as a rectangle in which the last element of a row stands for those that the row
// does not have; nothing reads these.

extension DataBinder {
  /// The ragged dimension that is the last axis of data.
  func raggedAxis(of variable: Variable) -> DimensionID? {
    guard variable.type.rank == 2, let id = variable.type.axes[1].dimension,
      model.dimensions[id.index].parent != nil
    else { return nil }
    return id
  }

  /// Lengths of the rows of an array, if it says them.
  func rowLengths(_ array: DataArray) -> [Int]? {
    if let lengths = array.rowLengths { return lengths }
    guard array.shape.count == 2 else { return nil }
    return [Int](repeating: array.shape[1], count: array.shape[0])
  }

  /// The sizes of a ragged dimension.
  func raggedSizes(_ id: DimensionID) throws(LoweringError) -> [Int] {
    let declared = model.dimensions[id.index]
    switch declared.extent {
    case .ragged(let binder, let expression):
      let numbers = try evaluated(expression, over: binder)
      return try numbers.map { (number) throws(LoweringError) in
        guard let size = Int(exactly: number), (0...(1 << 30)).contains(size) else {
          throw LoweringError(
            "E0802",
            "the sizes of `\(declared.name.text)` must be integers of at least 0",
            at: expression.span,
            "one is \(shortNumber(number))"
          )
        }
        return size
      }
    default:
      var found: (sizes: [Int], variable: Variable)?
      for use in uses[id.index].axes where use.axis == 1 {
        let variable = model.variables[use.variable]
        guard case .data(let binding) = variable.role, let array = array(for: binding),
          let lengths = rowLengths(array)
        else { continue }
        if let known = found, known.sizes != lengths {
          throw LoweringError(
            Diagnostic(
              code: "E0802",
              message:
                "`\(known.variable.name.text)` and `\(variable.name.text)` disagree about the"
                + " sizes of `\(declared.name.text)`",
              primary: .init(declared.name.span, "no single sizes"),
              secondary: [
                .init(known.variable.name.span, "rows of \(list(known.sizes)) elements"),
                .init(variable.name.span, "rows of \(list(lengths)) elements"),
              ],
              dataLocation: array.location(),
              help: "arrays over one dimension have rows of equal lengths"
            )
          )
        }
        found = (lengths, variable)
      }
      guard let found else {
        throw LoweringError(
          "E0802",
          "nothing gives the sizes of `\(declared.name.text)`",
          at: declared.name.span,
          help:
            "declare them, `dim \(declared.name.text)[i: d] = n[i]`, or bind nested lists over it"
        )
      }
      return found.sizes
    }
  }

  private func list(_ sizes: [Int]) -> String {
    let first = sizes.prefix(5).map(String.init).joined(separator: ", ")
    return sizes.count > 5 ? first + ", …" : first
  }

  /// Data over a ragged dimension as a rectangle.
  func rectangle(_ variable: Variable, _ array: DataArray, _ id: DimensionID)
    throws(LoweringError) -> DataArray
  {
    guard let sizes = try dimension(id).sizes else { return array }
    if case .other = array.content { return array }
    let name = variable.name.text
    if let lengths = rowLengths(array), lengths != sizes {
      let row = zip(lengths, sizes).enumerated().first { $0.element.0 != $0.element.1 }
      let what =
        row.map { "row \($0.offset + 1) has \($0.element.0) elements, not \($0.element.1)" }
        ?? "there are \(lengths.count) rows, not \(sizes.count)"
      throw wrong(
        variable,
        array,
        nil,
        "`\(name)`: \(what)",
        "its rows are those of `\(model.dimensions[id.index].name.text)`",
        help: "the data and the dimension must have one size",
        code: "E0802"
      )
    }
    let count = sizes.reduce(0, +)
    let isFlat = array.rowLengths == nil && array.shape.count == 1
    guard array.rowLengths != nil || array.shape.count == 2 || (isFlat && array.shape[0] == count)
    else {
      throw wrong(
        variable,
        array,
        nil,
        "`\(name)` has \(count) elements in all in the program",
        "the data are not a list of rows, or all elements in order",
        code: "E0802"
      )
    }
    let width = sizes.max() ?? 0
    var sources: [Int] = []
    var start = 0
    for size in sizes {
      for place in 0..<width {
        sources.append(size > 0 ? start + min(place, size - 1) : max(0, start - 1))
      }
      start += size
    }
    guard count > 0 else { return array }
    func spread(_ missing: [Int]) -> [Int] {
      let gone = Set(missing)
      return sources.indices.filter { place in
        place % width < sizes[place / width] && gone.contains(sources[place])
      }
    }
    let content: DataArray.Content
    switch array.content {
    case .numbers(let numbers, let missing):
      // What stands beyond the end of a row is a value that the declaration allows.
      let gone = Set(missing)
      let filler = numbers.indices.first { !gone.contains($0) }.map { numbers[$0] } ?? 1
      content = .numbers(
        sources.enumerated().map { place, source in
          gone.contains(source) && place % width >= sizes[place / width] ? filler : numbers[source]
        },
        missing: spread(missing)
      )
    case .strings(let strings, let missing):
      let gone = Set(missing)
      let filler = strings.indices.first { !gone.contains($0) }.map { strings[$0] } ?? ""
      content = .strings(
        sources.enumerated().map { place, source in
          gone.contains(source) && place % width >= sizes[place / width] ? filler : strings[source]
        },
        missing: spread(missing)
      )
    case .rows, .other: content = array.content
    }
    let locate = array.locate
    let places = sources
    return DataArray(
      key: array.key,
      shape: [sizes.count, width],
      content: content,
      file: array.file,
      locate: { locate(places.indices.contains($0) ? places[$0] : 0) }
    )
  }
}
