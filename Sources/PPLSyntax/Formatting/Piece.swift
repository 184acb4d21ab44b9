/// A token, or brackets with what they hold.
enum Piece {
  case token(Int)
  indirect case group(open: Int, [Piece], close: Int)

  /// Index of its first token.
  var first: Int {
    switch self {
    case .token(let index): index
    case .group(let open, _, _): open
    }
  }

  /// Index of its last token.
  var last: Int {
    switch self {
    case .token(let index): index
    case .group(_, _, let close): close
    }
  }

  /// Its token, if it is one.
  var token: Int? {
    if case .token(let index) = self { index } else { nil }
  }

  /// Whether it is brackets that hold something.
  var canBreak: Bool {
    if case .group(_, let content, _) = self { !content.isEmpty } else { false }
  }

  /// The tokens of a range, those in brackets gathered.
  static func pieces(_ range: Range<Int>, of source: LayoutText) -> [Piece] {
    var open: [(index: Int, before: [Piece])] = []
    var pieces: [Piece] = []
    for index in range {
      let kind = source.tokens[index].kind
      if kind.isOpening {
        open.append((index, pieces))
        pieces = []
      } else if kind.isClosing, let (start, before) = open.popLast() {
        pieces = before + [.group(open: start, pieces, close: index)]
      } else {
        pieces.append(.token(index))
      }
    }
    return pieces
  }
}
