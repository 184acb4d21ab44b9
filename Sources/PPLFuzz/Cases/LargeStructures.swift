/// Statements of a form that grows: deep, long, wide, doubling, or of great size.
enum LargeStructures {
  static func make(_ random: inout FuzzGenerator) -> String {
    let count = random.one(of: [3, 10, 40, 100, 257, 400, 1000])
    switch random.below(24) {
    case 0: return "deep = " + repeated("(", count) + "1" + repeated(")", count)
    case 1: return "deep = " + repeated("-", count) + "1"
    case 2: return "deep = " + repeated("exp(", count) + "0" + repeated(")", count)
    case 3: return "deep = " + repeated("[", count) + "1" + repeated("]", count)
    case 4: return "long = " + joined(count, " + ") { "\($0)" }
    case 5: return "long = [" + joined(count, ", ") { "\($0)" } + "]"
    case 6: return "c0 ~ Normal(0, 1)\n" + chain(count) { "c\($0) ~ Normal(c\($0 - 1), 1)" }
    case 7: return chain(count) { "c\($0) = c\($0 - 1) + 1" } + "\nc0 = 1"
    case 8:
      return chain(count) { "data c\(count - $0) = c\(count - $0 + 1) + 1" }
        + "\ndata c\(count) = 1"
    case 9: return "data s0 = 1\n" + chain(count) { "dim w\($0) = s0\ndata s\($0) = size(w\($0))" }
    case 10:
      return chain(count) { "dim w\($0) = size(w\($0 + 1))" } + "\ndim w\(count + 1) = 2"
    case 11:
      return "fn f0(x: real) -> real = x\n"
        + chain(count) { "fn f\($0)(x: real) -> real = f\($0 - 1)(x)" } + "\nfx = f\(count)(1.5)"
    case 12:
      let depth = min(count, 60)
      return "fn g0(x: real) -> real = x\n"
        + chain(depth) { "fn g\($0)(x: real) -> real = g\($0 - 1)(x) + g\($0 - 1)(x + 1)" }
        + "\ngx = g\(depth)(1.5)"
    case 13: return "dim huge = 1000000000000\nh[huge] ~ Normal(0, 1)"
    case 14: return "dim big = 1000000\nh[i: big, j: big] = i + j"
    case 15: return "dim big = 2000\nh[i: big, j: big, k: big, l: big, m: big, n: big] = 1"
    case 16: return "dim big = 100000\nh = [i * j for i: big, j: big]\ndata hs = sum(h)"
    case 17: return "h = sum(i * j for i: 1..1000000000, j: 1..1000000000)"
    case 18: return "h = sum(i for i: 5000000000..5000000010)"
    case 19: return "e[\(count)000000000000] = 1"
    case 20: return chain(count) { "m[\($0)] = \($0)" }
    case 21: return chain(count) { "u\($0) = nowhere\($0)" }
    case 22:
      return "dim w = \(count)\nL: cholesky_corr[w] ~ LKJCholesky(2)\nS: corr[w] ~ LKJ(1)"
    default:
      let depth = min(count, 12)
      return "n = " + repeated("[", depth) + "1"
        + (0..<depth).map { " for q\($0): 10]" }.joined()
    }
  }

  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  private static func joined(_ count: Int, _ separator: String, _ make: (Int) -> String) -> String {
    (0..<count).map(make).joined(separator: separator)
  }

  private static func chain(_ count: Int, _ make: (Int) -> String) -> String {
    (1...count).map(make).joined(separator: "\n")
  }
}
