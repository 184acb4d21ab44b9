/// The style sheet of a report: no fonts, pictures or scripts of others; light and dark by the reader's choice.
///
/// The colours of chains are those of Okabe and Ito (2008, Color Universal Design), which the colour-blind tell apart, a little lighter
/// on dark ground.
enum PageStyle {
  static let text = """
    :root { color-scheme: light dark; --ink: #1d2126; --soft: #5b6570; --ground: #ffffff; --card: #f5f6f8;
      --line: #d5d9de; --bad: #b3261e; --badground: #fdeceb; --c0: #0072b2; --c1: #c14f00; --c2: #007a5a;
      --c3: #a8558a; --c4: #8a6d00; --c5: #2b86c5; --c6: #5b5b5b; --c7: #7a3fb0; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #a3adb8; --ground: #14171b;
      --card: #1d2228; --line: #3a424b; --bad: #ff8a80; --badground: #3a1f1e; --c0: #5bb4e8; --c1: #f2935c;
      --c2: #3fc29a; --c3: #e29cc8; --c4: #e0bf4a; --c5: #8ccbf2; --c6: #b5b5b5; --c7: #c79bf0; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 74rem; padding: 1rem; background: var(--ground); color: var(--ink);
      font: 16px/1.5 system-ui, sans-serif; }
    h1 { font-size: 1.5rem; margin: 0.2rem 0 0.6rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 1.8rem 0 0.5rem; }
    p { margin: 0.4rem 0; max-width: 48rem; }
    .soft { color: var(--soft); }
    dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 0.2rem 1.2rem;
      margin: 0; }
    dl div { display: flex; gap: 0.6rem; justify-content: space-between; border-bottom: 1px solid var(--line);
      min-width: 0; }
    dt { color: var(--soft); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
    ul.warnings { list-style: none; margin: 0; padding: 0; }
    ul.warnings li { background: var(--card); border-left: 4px solid var(--c4); padding: 0.4rem 0.8rem;
      margin: 0.4rem 0; border-radius: 3px; }
    ul.warnings li.failure { background: var(--badground); border-color: var(--bad); }
    .scroll { overflow: auto; max-height: 32rem; border: 1px solid var(--line); border-radius: 4px; }
    table { border-collapse: collapse; font-size: 0.86rem; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.2rem 0.6rem; text-align: right; white-space: nowrap; }
    th { position: sticky; top: 0; background: var(--card); font-weight: 600; }
    th:first-child, td:first-child { text-align: left; }
    td:first-child, pre, code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
    tbody tr:nth-child(even) { background: var(--card); }
    td.flag { color: var(--bad); font-weight: 700; }
    .model { overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; padding: 0.4rem 0;
      font-size: 0.84rem; }
    .model div { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.2rem; padding: 0 0.7rem; }
    .model div.marked { background: var(--card); }
    .model pre { margin: 0; flex: 1 0 auto; white-space: pre; min-height: 1.4em; }
    .model .mark { color: var(--c0); white-space: nowrap; display: inline-flex; align-items: center; gap: 0.5rem; }
    .model .mark svg { width: 90px; height: 18px; flex: none; }
    .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 0.8rem;
      align-items: start; }
    .plots figure { margin: 0; background: var(--card); border-radius: 4px; padding: 0.3rem; }
    figure svg { display: block; width: 100%; height: auto; }
    svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
    svg text.title { font-weight: 600; fill: var(--ink); }
    svg text.name, svg text.label { fill: var(--ink); }
    svg .axis { stroke: var(--soft); stroke-width: 1; } svg .grid { stroke: var(--line); stroke-width: 0.6; }
    svg .reference { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 3; }
    svg .panel { fill: none; stroke: var(--line); }
    svg .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; } svg .line.thin { stroke-width: 0.7; }
    svg .line.thick { stroke-width: 5; } svg .line.dashed { stroke-dasharray: 5 3; }
    svg .line.dotted { stroke-dasharray: 1.5 3; }
    svg .line.faint { opacity: 0.45; } svg .line.ink { stroke: var(--ink); stroke-width: 2.2; }
    svg .dot { fill: none; stroke-linecap: round; } svg .dot.faint { opacity: 0.5; }
    svg .dot.bad { stroke: var(--bad); } svg .dot.median { stroke: var(--ink); }
    svg .area { stroke: none; } svg .area.faint { opacity: 0.35; }

    """ + colours

  private static var colours: String {
    (0..<8).map {
      "svg .c\($0) { stroke: var(--c\($0)); } svg .area.c\($0) { fill: var(--c\($0)); stroke: none; }"
    }
    .joined(separator: "\n")
  }
}
