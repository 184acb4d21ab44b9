import Foundation
import PPL

let text = """
  dim kiosk, day
  data kiosk_of[day]: kiosk
  data warmth[day]: real
  data sold[day]: int >= 0

  base ~ Normal(4, 1)
  spread ~ HalfNormal(0.5)
  level[kiosk] ~ Normal(base, spread)
  slope ~ Normal(0, 0.2)
  sold[d: day] ~ Poisson(exp(level[kiosk_of[d]] + slope * (warmth[d] - 20)))
  """
let program = try Program(checking: text, name: "kiosks.ppl")

do {
  _ = try Program(checking: "rate ~ Gama(2, 1)", name: "slip.ppl")
} catch {
  print(error)
}

let history: DataSet = [
  "kiosk_of": [
    "harbour", "harbour", "harbour", "harbour", "park", "park", "park", "park", "beach", "beach",
  ],
  "warmth": [16, 19, 25, 28, 17, 20, 24, 27, 18, 26],
  "sold": [45, 58, 84, 95, 35, 38, 53, 60, 78, 126],
]
let model = try program.compile(history).model

let posterior = try await model.infer(.nuts(targetAccept: 0.95), InferenceOptions(seed: 1))
for line in await posterior.summary() {
  print(line.name, short(line.mean), "±", short(line.sd), "R-hat", short(line.rhat))
}
if posterior.diagnosticsFailed { print(posterior.remarks.joined(separator: "\n")) }

func short(_ value: Double) -> Double { (1000 * value).rounded() / 1000 }

if let level = posterior["level"], let harbour = level("harbour"), let park = level("park") {
  print(level.axes.map(\.name), level.shape, level.chainCount, level.drawCount)
  let larger = zip(harbour, park).count { $0 > $1 }
  print("the harbour's level is above the park's:", short(Double(larger) / Double(park.count)))
}

let ratio = try posterior.draws(of: #"exp(post.level["beach"] - post.level["park"])"#)
let (low, high) = (ratio.quantile(0.05)[0], ratio.quantile(0.95)[0])
print("beach to park:", short(ratio.mean[0]), "from", short(low), "to", short(high))

let kiosks = ["harbour", "park", "station"]
let tomorrow: DataSet = ["kiosk_of": kiosks, "warmth": [30, 30, 30]]
let forecast = try await posterior.predict("sold", data: tomorrow)
let (least, most) = (forecast.quantile(0.1), forecast.quantile(0.9))
for (place, kiosk) in kiosks.enumerated() {
  print(kiosk, short(forecast.mean[place]), "from", short(least[place]), "to", short(most[place]))
}

var chains: Set<Int> = []
for try await event in model.inference(.nuts(draws: 2000), InferenceOptions(seed: 2)) {
  switch event {
  case .progress(let state): chains.insert(state.chain)
  case .note: break
  case .finished(let result): print("\(chains.count) chains of \(result.drawCount) draws")
  }
}

let (states, teller) = AsyncStream.makeStream(of: SamplingProgress.self)
let task = Task {
  defer { teller.finish() }
  let engine = Engine.nuts(chains: 1, draws: 1_000_000_000)
  return try await model.infer(engine, InferenceOptions(seed: 3)) { teller.yield($0) }
}
for await state in states where state.drawCount > 0 { break }
task.cancel()
let begun = try await task.value
print("interrupted: \(begun.wasInterrupted), with draws: \(begun.drawCount > 0)")

let options = InferenceOptions(seed: 4, path: "kiosks.fit.zarr", replacesFit: true)
let stored = try await model.infer(.nuts(), options)
let opened = try model.posterior(at: "kiosks.fit.zarr")
print("the same draws: \(opened["slope"]?.values == stored["slope"]?.values)")

let density = try model.logDensity()
print(density.names)
let evaluator = density.makeEvaluator()
var gradient = [Double](repeating: 0, count: density.dimension)
let value = try evaluator.evaluate(at: [3.9, -1, 4.5, 4.1, 3.7, 0.05], gradient: &gradient)
print(short(value), gradient.map(short))

func appetite(_ warmth: Double, _ best: Double) -> Double {
  exp(-(warmth - best) * (warmth - best) / 200)
}

var externals = ExternalAccess()
externals.register(
  "appetite",
  vectorJacobianProduct: { arguments, weights in
    let (warmth, best) = (arguments[0][0], arguments[1][0])
    let slope = appetite(warmth, best) * (warmth - best) / 100
    return [[-weights[0] * slope], [weights[0] * slope]]
  }
) { arguments in
  [appetite(arguments[0][0], arguments[1][0])]
}

let hotText = """
  dim day
  data warmth[day]: real
  data sold[day]: int >= 0
  extern fn appetite(warmth: real, best: real) -> real = host("appetite", gradient: given)

  peak ~ HalfNormal(200)
  best ~ Normal(25, 5)
  sold[d: day] ~ Poisson(peak * appetite(warmth[d], best))
  """
let hotDays: DataSet = [
  "warmth": [14, 18, 22, 26, 30, 34, 38],
  "sold": [41, 70, 85, 103, 92, 80, 53],
]
let summer = try Program(checking: hotText).compile(hotDays, externals: externals).model
for line in await (try await summer.infer(.nuts(), InferenceOptions(seed: 5))).summary() {
  print(line.name, short(line.mean), "±", short(line.sd))
}

let walk = try await model.infer(with: RandomWalk(), draws: 1000, seed: 6)
if let slope = walk["slope"]?.summaries.first {
  print("slope by a random walk", short(slope.mean), "±", short(slope.sd))
}
