/// Changes to text that know nothing of what it means.
enum ByteMutation {
  private static let words: [[UInt8]] =
    [
      "(", ")", "[", "]", "{", "}", ",", ":", ";", "\n", ".", "..", "=", "~", "->", "|>", "_", "'",
      "\"", "#", "for ", " if ", " then ", " else ", " with ", " where ", " not ", " and ", "data ",
      "dim ", "é", "μ", "\u{202E}", "1e999", "9999999999999999999", ".5", "5.", "\\", "from ", "@",
      "^", "-", "1e308", "0", " div ", " mod ", "inf", "NA",
    ].map { Array($0.utf8) } + [
      [0xFF], [0xC3], [0xE2, 0x80], [0xF0, 0x9F], [0x00], [0x0D], [0x80], [0xEF, 0xBB, 0xBF],
    ]

  static func apply(to bytes: inout [UInt8], _ random: inout FuzzGenerator) {
    guard !bytes.isEmpty else {
      bytes = random.one(of: words)
      return
    }
    let place = random.below(bytes.count)
    let end = min(bytes.count, place + 1 + random.below(12))
    switch random.below(8) {
    case 0: bytes.removeSubrange(place..<end)
    case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 3:
      if random.chance(0.3) { bytes.removeSubrange(place...) }
    default: bytes.insert(contentsOf: random.one(of: words), at: place)
    }
  }
}
