/// Changes to the values of a data file: names, shapes, kinds and magnitudes.
enum DataMutation {
  private static let bare = [
    "null", "true", "false", "NaN", "Infinity", "-Inf", "0", "1", "2", "-1", "0.5", "1.5", "1e308",
    "-1e308", "1e-320", "9007199254740992", "9007199254740993", "9223372036854775807",
    "-9223372036854775808", "18446744073709551616", "1e18", "-9.2e18", "1e30", "1e999", "1e400000",
    "100000000000000", "134217729", "1_000", "NA", "-0.0", "0.1e", "--1", "",
  ]
  private static let texts = ["", "A", "1", "NaN", "é", "a,b", "\"", "HENNEPIN", "\n", "01"]

  static func apply(to data: inout DataTree, _ random: inout FuzzGenerator) {
    guard !data.members.isEmpty else {
      data.members.append(("y", .list([.bare("1"), .bare("2")])))
      return
    }
    let index = random.below(data.members.count)
    switch random.below(9) {
    case 0: data.members.remove(at: index)
    case 1: data.members[index].key = random.one(of: data.members).key
    case 2: data.members.append(random.one(of: data.members))
    case 3: data.members[index].value = random.one(of: data.members).value
    case 4: data.members[index].key += random.one(of: ["s", "2", "_", " ", ""])
    default: change(&data.members[index].value, &random)
    }
  }

  private static func change(_ value: inout DataTree.Value, _ random: inout FuzzGenerator) {
    guard case .list(var elements) = value, !elements.isEmpty, random.chance(0.85) else {
      value = replacement(for: value, &random)
      return
    }
    let index = random.below(elements.count)
    switch random.below(9) {
    case 0: elements.remove(at: index)
    case 1: elements.append(elements[index])
    case 2: elements.removeSubrange(index...)
    case 3: elements[index] = .list([elements[index]])
    case 4: elements += elements
    case 5 where elements.count < 20_000:
      elements = Array(repeating: elements[index], count: 1 + random.below(3000))
    case 6:
      let other = replacement(for: elements[index], &random)
      elements = elements.map { _ in other }
    default: change(&elements[index], &random)
    }
    value = .list(elements)
  }

  private static func replacement(for value: DataTree.Value, _ random: inout FuzzGenerator)
    -> DataTree.Value
  {
    switch random.below(10) {
    case 0: .text(random.one(of: texts))
    case 1: .list([])
    case 2: .list([value, value])
    case 3: .object([("a", value)])
    case 4: .object([])
    default: .bare(random.one(of: bare))
    }
  }
}
