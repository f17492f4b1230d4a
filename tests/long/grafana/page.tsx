// Draws packaging/grafana/pagecast.json with Grafana's own panels, field options and units, from a real Prometheus.
//
// Grafana's packages have the parts of its panels, not the panels themselves: `stat` is getFieldDisplayValues() and BigValue,
// `timeseries` is TimeSeries with its legend. The state timeline's drawing is in no package: each region's last state is
// shown by BigValue, with the value mappings applied. What Grafana's server does is here, small: variables, the range query, legends.
import {
  applyFieldOverrides,
  createTheme,
  dateTime,
  EventBusSrv,
  FieldColorModeId,
  FieldType,
  getDisplayProcessor,
  getFieldDisplayValues,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardFieldConfigEditorRegistry,
  ThemeContext,
  thresholdsOverrideProcessor,
  ThresholdsMode,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
  toDataFrame,
  type DataFrame,
  type FieldConfigSource,
} from "@grafana/data";
import { BigValue, BigValueColorMode, BigValueGraphMode, BigValueTextMode, PanelChrome, PanelContextProvider, TimeSeries } from "@grafana/ui";
import { LegendDisplayMode, type VizLegendOptions } from "@grafana/schema";
import { createRoot } from "react-dom/client";
import { useEffect, useState } from "react";

const theme = createTheme({ colors: { mode: "light" } });
const STEP_S = 1;
const CELL = { width: 56, height: 40 };

interface Panel {
  id: number;
  title: string;
  type: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: FieldConfigSource;
  options: { legend?: VizLegendOptions };
  targets: { expr: string; legendFormat: string; refId: string }[];
}

interface Range {
  from: number;
  to: number;
}

// Which options of fields there are is said by Grafana's application; here are those that dashboards of ours could have.
standardFieldConfigEditorRegistry.setInit(() =>
  Object.entries({
    unit: unitOverrideProcessor,
    min: numberOverrideProcessor,
    max: numberOverrideProcessor,
    decimals: numberOverrideProcessor,
    thresholds: thresholdsOverrideProcessor,
    mappings: valueMappingsOverrideProcessor,
    color: identityOverrideProcessor,
  }).map(([id, process]) => ({
    id,
    path: id,
    name: id,
    process: process as never,
    shouldApply: () => true,
    override: () => null,
    editor: () => null,
  })) as never,
);

/** What Grafana's server does with a query: variables to values, `{{label}}` to the legend. */
function interpolate(expr: string): string {
  return expr.replace(/\$(job|instance|region)\b/g, ".*").replaceAll("$__rate_interval", "4s");
}

function legend(format: string, labels: Record<string, string>): string {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? "");
}

async function query(panel: Panel, range: Range): Promise<DataFrame[]> {
  const frames: DataFrame[] = [];
  for (const target of panel.targets) {
    const terms = new URLSearchParams({
      query: interpolate(target.expr),
      start: String(range.from / 1000),
      end: String(range.to / 1000),
      step: String(STEP_S),
    });
    const answer = (await (await fetch(`/api/v1/query_range?${terms}`)).json()) as {
      status: string;
      error?: string;
      data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    };
    if (answer.status !== "success") throw new Error(`${panel.title}: ${answer.error}`);
    for (const { metric, values } of answer.data.result)
      frames.push(
        toDataFrame({
          refId: target.refId,
          fields: [
            { name: "Time", type: FieldType.time, values: values.map(([at]) => at * 1000), config: { interval: STEP_S * 1000 } },
            {
              name: "Value",
              type: FieldType.number,
              values: values.map(([, value]) => Number(value)),
              labels: metric,
              config: target.legendFormat ? { displayNameFromDS: legend(target.legendFormat, metric) } : {},
            },
          ],
        }),
      );
  }
  return frames;
}

/** The dashboard's field options onto the frames, beginning with Grafana's own defaults: thresholds of green, and red from 80. */
function withOptions(panel: Panel, frames: DataFrame[]): DataFrame[] {
  const byThresholds = panel.type !== "timeseries";
  const defaults = {
    color: { mode: byThresholds ? FieldColorModeId.Thresholds : FieldColorModeId.PaletteClassic },
    thresholds: {
      mode: ThresholdsMode.Absolute,
      steps: [
        { value: -Infinity, color: "green" },
        { value: 80, color: "red" },
      ],
    },
    ...panel.fieldConfig.defaults,
  };
  return applyFieldOverrides({
    data: frames,
    fieldConfig: { ...panel.fieldConfig, defaults },
    replaceVariables: (text) => text,
    theme,
    timeZone: "utc",
  });
}

function Stat({ panel, frames, width, height }: { panel: Panel; frames: DataFrame[]; width: number; height: number }) {
  const values = getFieldDisplayValues({
    data: frames,
    reduceOptions: { calcs: ["lastNotNull"], values: false },
    fieldConfig: panel.fieldConfig,
    replaceVariables: (text) => text,
    sparkline: true,
    theme,
    timeZone: "utc",
  });
  return values.map(({ display, sparkline }, i) => (
    <div key={i} data-value={display.text + (display.suffix ?? "")} data-color={display.color}>
      <BigValue
        theme={theme}
        value={display}
        sparkline={sparkline}
        width={width}
        height={height / values.length}
        colorMode={BigValueColorMode.Value}
        graphMode={BigValueGraphMode.Area}
        textMode={BigValueTextMode.Auto}
        count={values.length}
      />
    </div>
  ));
}

function States({ frames, width, height }: { frames: DataFrame[]; width: number; height: number }) {
  const rows = frames.map((frame) => frame.fields[1]!);
  return rows.map((field, i) => {
    const display = (field.display ?? getDisplayProcessor({ field, theme }))(field.values.at(-1));
    return (
      <div key={i} className="state" data-name={field.config.displayNameFromDS} data-color={display.color}>
        <BigValue
          theme={theme}
          value={{ ...display, title: field.config.displayNameFromDS ?? "" }}
          width={(width - 40) / 2}
          height={(height - 40) / Math.ceil(rows.length / 2)}
          colorMode={BigValueColorMode.Background}
          graphMode={BigValueGraphMode.None}
          textMode={BigValueTextMode.ValueAndName}
        />
      </div>
    );
  });
}

function Lines({ panel, frames, width, height, range }: { panel: Panel; frames: DataFrame[]; width: number; height: number; range: Range }) {
  const at = { from: dateTime(range.from), to: dateTime(range.to) };
  const usual: VizLegendOptions = { showLegend: true, displayMode: LegendDisplayMode.List, placement: "bottom", calcs: [] };
  return (
    <TimeSeries
      frames={frames}
      width={width}
      height={height}
      timeRange={{ ...at, raw: at }}
      timeZone="utc"
      legend={{ ...usual, ...panel.options.legend }}
    />
  );
}

function Shown({ panel, range }: { panel: Panel; range: Range }) {
  const [frames, setFrames] = useState<DataFrame[]>();
  const { x, y, w, h } = panel.gridPos;
  const size = { width: w * CELL.width - 8, height: h * CELL.height - 8 };
  useEffect(() => {
    void query(panel, range).then((found) => setFrames(withOptions(panel, found)));
  }, [panel, range]);
  return (
    <section
      data-title={panel.title}
      data-ready={frames ? frames.length : undefined}
      style={{ position: "absolute", left: x * CELL.width, top: y * CELL.height }}
    >
      <PanelChrome title={panel.title} description={panel.description} {...size}>
        {(width: number, height: number) => {
          if (!frames) return null;
          if (panel.type === "stat") return <Stat panel={panel} frames={frames} width={width} height={height} />;
          if (panel.type === "state-timeline") return <States frames={frames} width={width} height={height} />;
          if (panel.type === "timeseries") return <Lines panel={panel} frames={frames} width={width} height={height} range={range} />;
          throw new Error(`no part of Grafana is known for panels of type ${panel.type}`);
        }}
      </PanelChrome>
    </section>
  );
}

async function show(): Promise<void> {
  const { panels } = (await (await fetch("/dashboard.json")).json()) as { panels: Panel[] };
  const seconds = Number(new URLSearchParams(location.search).get("seconds"));
  const range = { from: Date.now() - seconds * 1000, to: Date.now() };
  document.body.dataset.at = String(range.to / 1000);
  createRoot(document.getElementById("grafana")!).render(
    <ThemeContext.Provider value={theme}>
      <PanelContextProvider value={{ eventsScope: "", eventBus: new EventBusSrv() }}>
        {panels.map((panel) => (
          <Shown key={panel.id} panel={panel} range={range} />
        ))}
      </PanelContextProvider>
    </ThemeContext.Provider>,
  );
}

void show();
