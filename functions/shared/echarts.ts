/** The parts of the plotting library that are used, named one by one: a bundle holds no others. */
import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

export const { init } = echarts;
