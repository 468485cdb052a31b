import { boards } from '../../grafana/boards/index.js';
import { alertNames } from './alert-names.js';

/** A query of a panel in the JSON of Grafana. */
export interface Target {
  readonly refId?: string;
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
  readonly datasource?: { readonly type?: string; readonly uid?: string };
}

/** One setting of an override. */
export interface Property {
  readonly id: string;
  readonly value?: unknown;
}

/** A link of a value. */
export interface DataLink {
  readonly title?: string;
  readonly url?: string;
}

/** A panel or a row in the JSON of Grafana. Omitted members are undefined. */
export interface PanelJson {
  readonly id?: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type?: string; readonly uid?: string };
  readonly targets?: readonly Target[];
  readonly interval?: string;
  readonly maxDataPoints?: number;
  readonly repeat?: string;
  readonly repeatDirection?: string;
  /** For a row: whether it is collapsed, with its panels inside. */
  readonly collapsed?: boolean;
  readonly panels?: readonly PanelJson[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly transformations?: readonly { readonly id: string; readonly options?: unknown }[];
  readonly fieldConfig?: {
    readonly defaults?: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly mappings?: readonly unknown[];
      readonly thresholds?: { readonly steps?: readonly { readonly value: number | null }[] };
      readonly links?: readonly DataLink[];
    };
    readonly overrides?: readonly {
      readonly matcher: { readonly id: string; readonly options?: unknown };
      readonly properties: readonly Property[];
    }[];
  };
}

export interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly query?: unknown;
  readonly datasource?: { readonly uid?: string };
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

export interface BoardJson {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly editable?: boolean;
  readonly panels: readonly PanelJson[];
  readonly links?: readonly {
    readonly type: string;
    readonly tags: readonly string[];
    readonly keepTime: boolean;
    readonly includeVars: boolean;
  }[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations: {
    readonly list: readonly {
      readonly name: string;
      readonly expr?: string;
      readonly step?: string;
      readonly titleFormat?: string;
      readonly textFormat?: string;
      readonly datasource?: { readonly uid?: string };
    }[];
  };
}

/** A panel with its place. `repeats` are the variables that repeat the panel or its row. */
export interface PlacedPanel {
  readonly board: BoardJson;
  readonly panel: PanelJson;
  readonly repeats: readonly string[];
  /** `aicrm-overview: Alerts firing`, for messages. */
  readonly where: string;
}

/** The generated boards as JSON. */
export const readBoards = (): readonly BoardJson[] =>
  boards(alertNames()).map((board) => JSON.parse(JSON.stringify(board)) as BoardJson);

/** Every panel of a board, with rows and the panels inside collapsed rows. */
export function panelsOf(board: BoardJson): readonly PlacedPanel[] {
  const found: PlacedPanel[] = [];
  let ofRow: readonly string[] = [];
  for (const panel of board.panels) {
    if (panel.type === 'row') ofRow = own(panel);
    found.push(placed(board, panel, panel.type === 'row' ? [] : ofRow));
    for (const inside of panel.panels ?? []) found.push(placed(board, inside, own(panel)));
  }
  return found;
}

const own = ({ repeat }: PanelJson): readonly string[] => (repeat === undefined ? [] : [repeat]);

function placed(board: BoardJson, panel: PanelJson, ofRow: readonly string[]): PlacedPanel {
  return {
    board,
    panel,
    repeats: [...ofRow, ...own(panel)],
    where: `${board.uid}: ${panel.title ?? `panel ${panel.id}`}`,
  };
}

/** The links of the values of a panel, including those of single columns and series. */
export function dataLinksOf({ fieldConfig }: PanelJson): readonly DataLink[] {
  const ofOverrides = (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
    properties.filter(({ id }) => id === 'links').flatMap(({ value }) => value as readonly DataLink[]),
  );
  return [...(fieldConfig?.defaults?.links ?? []), ...ofOverrides];
}
