import PPLSourceText
import Testing

struct NearNameTests {
  private static let names = ["Normal", "LogNormal", "Cauchy", "HalfCauchy", "Beta", "mu", "theta"]

  @Test(arguments: [
    ("normal", "Normal"), ("Nromal", "Normal"), ("Norml", "Normal"), ("Normall", "Normal"),
    ("HalfCuachy", "HalfCauchy"), ("bta", "Beta"), ("tehta", "theta"), ("mu1", "mu"), ("Mu", "mu"),
  ])
  func findsTheNearestName(_ written: String, _ meant: String) {
    #expect(nearestName(to: written, among: Self.names) == meant)
  }

  @Test(arguments: ["Poisson", "x", "", "Nxxxxl", "mu", String(repeating: "a", count: 100_000)])
  func findsNothingIfNothingIsNear(_ written: String) {
    #expect(nearestName(to: written, among: ["Normal", "mu", "y"]) == nil)
  }

  @Test func prefersTheSmallerDistanceThenTheFirstInOrder() {
    #expect(nearestName(to: "sigma1", among: ["sigma2", "sigma_1", "sigma"]) == "sigma")
    #expect(nearestName(to: "abcdef", among: ["abcxyf", "abcdxf"]) == "abcdxf")
    #expect(nearestName(to: "ab", among: [String]()) == nil)
  }
}
