/** Things on a plane by their places, for those near a place. */
export class PlaceGrid<T extends { xPix: number; yPix: number }> {
  private readonly items: readonly T[];
  private readonly cellPix: number;
  private readonly left: number;
  private readonly bottom: number;
  private readonly columns: number;
  private readonly rows: number;
  /** Members of each cell, one cell after the other, and where each begins. */
  private readonly members: Int32Array;
  private readonly begins: Int32Array;

  /** @param cellPix side of a cell: about the reach that is asked for */
  constructor(items: readonly T[], cellPix: number) {
    this.items = items;
    this.cellPix = cellPix;
    const least = (of: (item: T) => number) => items.reduce((value, item) => Math.min(value, of(item)), 0);
    const most = (of: (item: T) => number) => items.reduce((value, item) => Math.max(value, of(item)), 0);
    this.left = least(({ xPix }) => xPix);
    this.bottom = least(({ yPix }) => yPix);
    this.columns = 1 + Math.floor((most(({ xPix }) => xPix) - this.left) / cellPix);
    this.rows = 1 + Math.floor((most(({ yPix }) => yPix) - this.bottom) / cellPix);
    const cells = items.map((item) => this.rowOf(item.yPix) * this.columns + this.columnOf(item.xPix));
    this.begins = new Int32Array(this.columns * this.rows + 1);
    for (const cell of cells) this.begins[cell + 1]++;
    for (let cell = 0; cell < this.columns * this.rows; cell++) this.begins[cell + 1] += this.begins[cell];
    const next = this.begins.slice();
    this.members = new Int32Array(items.length);
    cells.forEach((cell, i) => {
      this.members[next[cell]++] = i;
    });
  }

  /** All within `reachPix` of a place, itself included where it is one of them. */
  near(xPix: number, yPix: number, reachPix: number): T[] {
    const found: T[] = [];
    const lastColumn = Math.min(this.columns - 1, this.columnOf(xPix + reachPix));
    const lastRow = Math.min(this.rows - 1, this.rowOf(yPix + reachPix));
    for (let row = Math.max(0, this.rowOf(yPix - reachPix)); row <= lastRow; row++) {
      for (let column = Math.max(0, this.columnOf(xPix - reachPix)); column <= lastColumn; column++) {
        const cell = row * this.columns + column;
        for (let i = this.begins[cell]; i < this.begins[cell + 1]; i++) {
          const item = this.items[this.members[i]];
          const [dx, dy] = [item.xPix - xPix, item.yPix - yPix];
          if (dx * dx + dy * dy <= reachPix * reachPix) found.push(item);
        }
      }
    }
    return found;
  }

  private columnOf(xPix: number): number {
    return Math.floor((xPix - this.left) / this.cellPix);
  }

  private rowOf(yPix: number): number {
    return Math.floor((yPix - this.bottom) / this.cellPix);
  }
}
